import type { Run } from '#contract';

const kindOf = ({ model, dataset, parameters }: Run) => JSON.stringify([model, dataset, parameters]);

const secondsOf = ({ start_time, last_update_time }: Run) =>
  start_time === null || last_update_time === null ? null : Math.max(0, last_update_time - start_time);

/** Seconds that a run takes: the median of those with the same model, dataset and parameters; null where there is none. */
export function expectedSeconds(run: Run, completed: readonly Run[]): number | null {
  const kind = kindOf(run);
  const known = completed
    .filter((one) => kindOf(one) === kind)
    .flatMap((one) => secondsOf(one) ?? [])
    .sort((a, b) => a - b);
  return known[Math.floor(known.length / 2)] ?? null;
}

/** Seconds until the whole queue is done; null where that of one run is unknown, or one waits for memory. */
export function secondsLeft(queue: { current: Run | null; queued: readonly Run[]; ended: readonly Run[] }) {
  const { current, queued, ended } = queue;
  if (queued.some(({ wait_for_bytes }) => wait_for_bytes !== null)) return null;
  const parts = queued.map((run) => expectedSeconds(run, ended));
  if (current) parts.push(current.estimated_remaining_seconds);
  return parts.reduce<number | null>((sum, part) => (sum === null || part === null ? null : sum + part), 0);
}
