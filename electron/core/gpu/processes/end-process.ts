import { type GpuProcess, PanelError, type SparedReason } from '#contract';
import { endProcesses, hasOwner, identityOf } from '../../proc/index.ts';

/** How long it may take after each signal. */
const PATIENCE = { termMs: 5_000, killMs: 5_000 };

/**
 * Ends one process of this user that is on a GPU now, and no other: TERM, then KILL. The person has confirmed name, pid
 * and memory. Fails with a PanelError that says why not.
 */
export async function endGpuProcess(
  list: () => Promise<GpuProcess[]>,
  asked: { pid: number; startTime: number },
  patience = PATIENCE,
): Promise<void> {
  const { pid } = asked;
  const one = (await list()).find((process) => process.pid === pid);
  if (!one) throw new PanelError('not_found', `Process ${pid} is not on a GPU any more: nothing was ended.`);
  if (one.spared) throw new PanelError('refused', refusals[one.spared](one));
  if (one.startTime !== asked.startTime)
    throw new PanelError(
      'refused',
      `Process ${pid} is another one than the one that was shown: look at the list again.`,
    );
  // This user's, as the list has just said. Both the start and the owner are asked again right before each signal.
  const identity = await identityOf({ ...asked, uid: process.getuid?.() });
  if (!(await hasOwner(identity))) throw new PanelError('refused', refusals.other_user({ ...one, user: null }));
  const left = await endProcesses([identity], patience);
  if (left.length > 0)
    throw new PanelError(
      'backend_error',
      `Process ${pid} (${one.name}) does not end: it waits for the driver. Restart the machine if it stays.`,
    );
  // So that the screen shows at once what is free now; where nvidia-smi fails, its stream says so.
  await list().catch(() => undefined);
}

const refusals: Record<SparedReason, (one: GpuProcess) => string> = {
  screen: ({ pid, name }) => `Process ${pid} (${name}) draws this screen: it is not ended from here.`,
  unknown: ({ pid, name }) =>
    `Who process ${pid} (${name}) is cannot be told from here, as in another container: end it where it runs.`,
  other_user: ({ pid, user }) => `Process ${pid} belongs to ${user ?? 'another user'}: ask them to end it.`,
  panel: ({ pid }) => `Process ${pid} belongs to this panel: it is not ended from here.`,
  backend: ({ pid }) => `Process ${pid} is of Headroom's own backend: use Stop.`,
  other_panel: ({ pid }) => `Process ${pid} is of the backend of another panel: use the Stop of that one.`,
};
