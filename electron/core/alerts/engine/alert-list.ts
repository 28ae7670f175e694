import type { Alert } from '#contract';

const MAX_ENDED = 50;

/**
 * The list after a step: active alerts, then ended ones, each newest first. A dismissed alert is no longer in `before`, and
 * its end does not bring it back.
 */
export function updateList(before: Alert[], raised: readonly Alert[], ended: readonly Alert[]): Alert[] {
  const endedById = new Map(ended.map((alert) => [alert.id, alert]));
  const nowEnded = before.flatMap(({ id }) => endedById.get(id) ?? []);
  if (raised.length === 0 && nowEnded.length === 0) return before;
  const active = before.filter(({ id, endedAt }) => endedAt === null && !endedById.has(id));
  const past = before.filter(({ endedAt }) => endedAt !== null);
  return [...[...raised].reverse(), ...active, ...[...nowEnded, ...past].slice(0, MAX_ENDED)];
}
