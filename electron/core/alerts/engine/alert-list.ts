import type { Alert } from '#contract';

const MOST_ENDED = 50;

/**
 * The list after a step: those that last, then those that have ended, each newest first. One that was dismissed has gone
 * from `before` and its end brings it back no more.
 */
export function kept(before: Alert[], raised: readonly Alert[], ended: readonly Alert[]): Alert[] {
  const ends = new Map(ended.map((alert) => [alert.id, alert]));
  const over = before.flatMap(({ id }) => ends.get(id) ?? []);
  if (raised.length === 0 && over.length === 0) return before;
  const lasting = before.filter(({ id, endedAt }) => endedAt === null && !ends.has(id));
  const past = before.filter(({ endedAt }) => endedAt !== null);
  return [...[...raised].reverse(), ...lasting, ...[...over, ...past].slice(0, MOST_ENDED)];
}
