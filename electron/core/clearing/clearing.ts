import { setTimeout as sleep } from 'node:timers/promises';
import { type Clearing, type GpuProcess, PanelError, type Swept, type Tick } from '#contract';
import { blame } from './blame.ts';
import { othersMiB, settlingOf, usedMiB } from './settling.ts';
import { tellStuck } from './stuck.ts';

export interface ClearingSteps {
  latest(): Tick | null;
  /** Who is on the GPUs now; fails where nvidia-smi does not answer. */
  processes(): Promise<GpuProcess[]>;
  /** What the new start changes. */
  changes(): Clearing['changes'];
  stop(): Promise<void>;
  sweep(): Promise<Swept>;
  start(): Promise<void>;
  tell(clearing: Clearing): void;
}

const PATIENCE_MS = 10_000;
const LOOK_MS = 250;
const LIST_MS = 2_000;

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
  const first = steps.latest();
  at('measure', { beforeMiB: usedMiB(first) });
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

interface Back {
  after: GpuProcess[];
  problem: ((before: readonly GpuProcess[]) => string) | null;
}

/** Until nothing of ours is on a GPU and the ticks since then show what only others hold, and stand still. */
async function waitUntilBack(steps: ClearingSteps, first: Tick | null, patienceMs: number): Promise<Back> {
  const most = othersMiB(first);
  const end = Date.now() + patienceMs;
  const seen: Tick[] = [];
  let free: { after: GpuProcess[]; since: number } | null = null;
  while (Date.now() < end) {
    // Where nvidia-smi does not answer, the guardian's word that nothing is left has to do.
    free ??= await withoutOurs(steps);
    const latest = steps.latest();
    if (free && latest === null) return { after: free.after, problem: null };
    if (free && latest && latest !== seen.at(-1) && latest.time > free.since) seen.push(latest);
    if (free && settlingOf(seen, most) === 'back') return { after: free.after, problem: null };
    await sleep(LOOK_MS);
  }
  const after = await listed(steps);
  // Back, although somebody else's figure moves: that is theirs.
  if (settlingOf(seen, most) === 'moving') return { after, problem: null };
  const latest = free ? (seen.at(-1) ?? null) : steps.latest();
  return { after, problem: (before) => blame({ latest, most, after, before, seconds: patienceMs / 1000 }) };
}

/** Who is on the GPUs once none of ours is; null while one is. */
async function withoutOurs(steps: ClearingSteps): Promise<{ after: GpuProcess[]; since: number } | null> {
  const after = await listed(steps);
  return after.some(({ ours }) => ours) ? null : { after, since: Date.now() };
}

/** A list that does not come in time, or at all, is an empty one: the figures of the cards still tell. */
const listed = (steps: ClearingSteps): Promise<GpuProcess[]> =>
  Promise.race([steps.processes().catch(() => []), sleep(LIST_MS, [])]);
