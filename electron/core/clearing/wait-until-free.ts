import { setTimeout as sleep } from 'node:timers/promises';
import type { GpuProcess, Sentence, Tick } from '#contract';
import { explainHeldMemory } from './explain.ts';
import { othersMiB, settlingOf } from './settling.ts';

export interface MemoryView {
  latest(): Tick | null;
  /** The samples of the last minutes, oldest first. */
  recent(): readonly Tick[];
  /** The current process list; throws where nvidia-smi does not answer. */
  processes(): Promise<GpuProcess[]>;
}

export const TIMEOUT_MS = 10_000;
const CHECK_MS = 250;
const LIST_MS = 2_000;

interface WaitResult {
  after: GpuProcess[];
  /** Why the memory is not free, given the processes before; null where it is free. */
  explain: ((before: readonly GpuProcess[]) => [Sentence, ...Sentence[]]) | null;
}

/**
 * Waits until none of our processes is on a GPU and the samples since then are stable and show only the memory of others.
 * `first`: the last samples with our memory; `cancelled`: stops the wait.
 */
export async function waitUntilFree(
  view: MemoryView,
  first: readonly Tick[],
  timeoutMs = TIMEOUT_MS,
  cancelled: () => boolean = () => false,
): Promise<WaitResult> {
  const limits = othersMiB(first);
  const end = Date.now() + timeoutMs;
  const samples: Tick[] = [];
  let free: { after: GpuProcess[]; since: number } | null = null;
  while (Date.now() < end) {
    if (cancelled()) return { after: [], explain: null };
    // Where nvidia-smi does not answer, the guardian has confirmed that no process is left.
    free ??= await withoutOurs(view);
    const latest = view.latest();
    if (free && latest === null) return { after: free.after, explain: null };
    if (free && latest && latest !== samples.at(-1) && latest.time > free.since) samples.push(latest);
    if (free && settlingOf(samples, limits) === 'free') return { after: free.after, explain: null };
    await sleep(CHECK_MS);
  }
  const after = await listed(view);
  // Free, although the memory of other processes still changes.
  if (settlingOf(samples, limits) === 'moving') return { after, explain: null };
  const latest = free ? (samples.at(-1) ?? null) : view.latest();
  return {
    after,
    explain: (before) => explainHeldMemory({ latest, limits, after, before, seconds: timeoutMs / 1_000 }),
  };
}

/** The process list without our processes; null while one of them is on a GPU. */
async function withoutOurs(view: MemoryView): Promise<{ after: GpuProcess[]; since: number } | null> {
  const after = await listed(view);
  return after.some(({ ours }) => ours) ? null : { after, since: Date.now() };
}

/** The process list, or an empty one where it fails or times out: the samples still show the memory. */
export const listed = (view: MemoryView): Promise<GpuProcess[]> =>
  Promise.race([view.processes().catch(() => []), sleep(LIST_MS, [])]);
