import { setTimeout as sleep } from 'node:timers/promises';
import type { GpuProcess, Tick } from '#contract';
import { blame } from './explain.ts';
import { othersMiB, settlingOf } from './settling.ts';

export interface Looks {
  latest(): Tick | null;
  /** The ticks of the last minutes, oldest first. */
  recent(): readonly Tick[];
  /** Who is on the GPUs now; fails where nvidia-smi does not answer. */
  processes(): Promise<GpuProcess[]>;
}

export const PATIENCE_MS = 10_000;
const LOOK_MS = 250;
const LIST_MS = 2_000;

export interface Back {
  after: GpuProcess[];
  problem: ((before: readonly GpuProcess[]) => string) | null;
}

/**
 * Until nothing of ours is on a GPU and the ticks since then show what only others hold, and stand still. `first`: the last
 * ticks with ours; `isOver`: nobody waits any more.
 */
export async function waitUntilBack(
  steps: Looks,
  first: readonly Tick[],
  patienceMs = PATIENCE_MS,
  isOver: () => boolean = () => false,
): Promise<Back> {
  const most = othersMiB(first);
  const end = Date.now() + patienceMs;
  const seen: Tick[] = [];
  let free: { after: GpuProcess[]; since: number } | null = null;
  while (Date.now() < end) {
    if (isOver()) return { after: [], problem: null };
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
async function withoutOurs(steps: Looks): Promise<{ after: GpuProcess[]; since: number } | null> {
  const after = await listed(steps);
  return after.some(({ ours }) => ours) ? null : { after, since: Date.now() };
}

/** A list that does not come in time, or at all, is an empty one: the figures of the cards still tell. */
export const listed = (steps: Looks): Promise<GpuProcess[]> =>
  Promise.race([steps.processes().catch(() => []), sleep(LIST_MS, [])]);
