import { type GpuProcess, PanelError, type ProtectionReason, type Sentence } from '#contract';
import { hasOwner, identityOf, terminateProcesses } from '../../proc/index.ts';
import { say } from '../sentences.ts';

/** Timeout after each signal. */
const TIMEOUTS = { termMs: 5_000, killMs: 5_000 };

/**
 * Terminates one process of this user that is on a GPU: TERM, then KILL. The person has confirmed name, pid and memory.
 * Throws PanelError where it is not allowed or does not work.
 */
export async function endGpuProcess(
  list: () => Promise<GpuProcess[]>,
  request: { pid: number; startTime: number },
  timeouts = TIMEOUTS,
): Promise<void> {
  const { pid } = request;
  const one = (await list()).find((process) => process.pid === pid);
  if (!one) throw new PanelError('not_found', say('notOnGpu', { pid }));
  if (one.protection) throw new PanelError('refused', refusals[one.protection](one));
  if (one.startTime !== request.startTime) throw new PanelError('refused', say('otherProcess', { pid }));
  // The list has just confirmed that it belongs to this user; start and owner are checked again before each signal.
  const identity = await identityOf({ ...request, uid: process.getuid?.() });
  if (!(await hasOwner(identity))) throw new PanelError('refused', refusals.other_user({ ...one, user: null }));
  const survivors = await terminateProcesses([identity], timeouts);
  if (survivors.length > 0) throw new PanelError('backend_error', say('survives', { pid, name: one.name }));
  // Refreshes the screen at once; the stream reports a failing nvidia-smi.
  await list().catch(() => undefined);
}

const refusals: Record<ProtectionReason, (one: GpuProcess) => Sentence> = {
  screen: ({ pid, name }) => say('drawsScreen', { pid, name }),
  unknown: ({ pid, name }) => say('unknownProcess', { pid, name }),
  other_user: ({ pid, user }) => (user ? say('userProcess', { pid, user }) : say('otherUserProcess', { pid })),
  panel: ({ pid }) => say('panelProcess', { pid }),
  backend: ({ pid }) => say('backendProcess', { pid }),
  other_panel: ({ pid }) => say('otherPanelProcess', { pid }),
};
