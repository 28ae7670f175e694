import type { Alert } from '#contract';

/**
 * The alerts that were raised since the last look, oldest first, but for those that come again within their quiet time.
 * `before`: what was known then; null at the first look, when nothing is news.
 */
export function newAlerts(before: ReadonlySet<string> | null, list: readonly Alert[]): Alert[] {
  if (before === null) return [];
  return list.filter(({ id, endedAt, quiet }) => endedAt === null && !quiet && !before.has(id)).reverse();
}
