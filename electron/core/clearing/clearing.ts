import { type Clearing, PanelError, type Swept } from '#contract';
import { usedMiB } from './settling.ts';
import { describeStuck } from './stuck.ts';
import { listed, type MemoryView, TIMEOUT_MS, waitUntilFree } from './wait-until-free.ts';

export interface ClearingSteps extends MemoryView {
  /** The settings that the new start changes. */
  changes(): Clearing['changes'];
  stop(): Promise<void>;
  sweep(): Promise<Swept>;
  start(): Promise<void>;
  /** Reports each step. */
  report(clearing: Clearing): void;
}

/** "Clear and restart": done when the GPUs show the memory as free, not when a process has exited. */
export async function clearAndRestart(steps: ClearingSteps, timeoutMs = TIMEOUT_MS): Promise<void> {
  let clearing: Clearing = {
    active: true,
    steps: [],
    beforeMiB: {},
    afterMiB: null,
    before: [],
    after: null,
    swept: null,
    changes: steps.changes(),
    problems: [],
  };
  const at = (name: Clearing['steps'][number]['name'], patch: Partial<Clearing> = {}) => {
    clearing = { ...clearing, ...patch, steps: [...clearing.steps, { name, time: Date.now() }] };
    steps.report(clearing);
  };
  const first = steps.recent();
  at('measure', { beforeMiB: usedMiB(steps.latest()) });
  const before = await listed(steps);
  try {
    at('stop', { before });
    await steps.stop();
    at('sweep');
    at('wait', { swept: await steps.sweep() });
    const { after, explain } = await waitUntilFree(steps, first, timeoutMs);
    at('start', { afterMiB: usedMiB(steps.latest()), after, problems: explain?.(before) ?? [] });
    await steps.start();
    at('done', { active: false });
  } catch (error) {
    const { sentence, details } = PanelError.from(error);
    // There is no list yet where the stop itself failed.
    const after = clearing.after ?? (await listed(steps));
    const problems = [...clearing.problems, sentence, ...describeStuck(details, after)];
    at('done', { active: false, afterMiB: clearing.afterMiB ?? usedMiB(steps.latest()), after, problems });
    throw error;
  }
}
