import type { Alert } from '#contract';

/**
 * The active alerts that are not in `known`, oldest first, without those raised again within their quiet time.
 * `known`: the ids of the last call; null at the first call, when no alert counts as new.
 */
export function newAlerts(known: ReadonlySet<string> | null, list: readonly Alert[]): Alert[] {
  if (known === null) return [];
  return list.filter(({ id, endedAt, quiet }) => endedAt === null && !quiet && !known.has(id)).reverse();
}
