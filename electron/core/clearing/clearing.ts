import { type Clearing, PanelError, type Swept } from '#contract';
import { usedMiB } from './settling.ts';
import { tellStuck } from './stuck.ts';
import { type Looks, listed, PATIENCE_MS, waitUntilBack } from './wait-until-free.ts';

export interface ClearingSteps extends Looks {
  /** What the new start changes. */
  changes(): Clearing['changes'];
  stop(): Promise<void>;
  sweep(): Promise<Swept>;
  start(): Promise<void>;
  tell(clearing: Clearing): void;
}

/** "Clear and restart": over when the GPUs show the memory as free, not when a process has exited. */
export async function clearAndRestart(steps: ClearingSteps, patienceMs = PATIENCE_MS): Promise<void> {
  let clearing: Clearing = {
    ...{ active: true, steps: [], beforeMiB: {}, afterMiB: null, before: [], after: null, swept: null },
    ...{ changes: steps.changes(), problem: null },
  };
  const at = (name: Clearing['steps'][number]['name'], patch: Partial<Clearing> = {}) => {
    clearing = { ...clearing, ...patch, steps: [...clearing.steps, { name, time: Date.now() }] };
    steps.tell(clearing);
  };
  const first = steps.recent();
  at('measure', { beforeMiB: usedMiB(steps.latest()) });
  const before = await listed(steps);
  try {
    at('stop', { before });
    await steps.stop();
    at('sweep');
    at('wait', { swept: await steps.sweep() });
    const back = await waitUntilBack(steps, first, patienceMs);
    const problem = back.problem?.(before) ?? null;
    at('start', { afterMiB: usedMiB(steps.latest()), after: back.after, problem });
    await steps.start();
    at('done', { active: false });
  } catch (error) {
    const { message, details } = PanelError.from(error);
    // Nothing was waited for where the stop itself failed: then who holds what is the answer.
    const after = clearing.after ?? (await listed(steps));
    const said = [clearing.problem, message, tellStuck(details, after)].filter(Boolean).join(' ');
    at('done', { active: false, afterMiB: clearing.afterMiB ?? usedMiB(steps.latest()), after, problem: said });
    throw error;
  }
}
