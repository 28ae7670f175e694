import type { Run } from '#contract';

/** Runs that the backend's order does not name come last, as they were submitted. */
export function inOrder(queued: readonly Run[], order: readonly string[]): Run[] {
  const places = new Map(order.map((reqId, place) => [reqId, place]));
  const placeOf = (run: Run) => places.get(run.req_id) ?? Number.POSITIVE_INFINITY;
  return [...queued].sort((one, other) => {
    const [a, b] = [placeOf(one), placeOf(other)];
    return a === b ? 0 : a - b;
  });
}

/** The ids after one was moved to another place of the list. */
export function moved(ids: readonly string[], from: number, to: number): string[] {
  const rest = [...ids];
  const [one] = rest.splice(from, 1);
  if (one !== undefined) rest.splice(to, 0, one);
  return rest;
}

/** What a run must be moved before so that it stands at this place; null: to the end. */
export const before = (ids: readonly string[], from: number, to: number): string | null =>
  moved(ids, from, to)[to + 1] ?? null;
