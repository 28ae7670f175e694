import type { AfterRunAction } from './state.ts';

/** Each action includes those before it in its list. Actions of different lists contradict each other. */
const lists: readonly (readonly AfterRunAction[])[] = [
  ['restart', 'apply', 'clear'],
  ['stop', 'close'],
];

const listOf = (action: AfterRunAction) => lists.find((list) => list.includes(action)) ?? [];

/** The action that fulfils both decisions, or the later one if they contradict each other. */
export function combinedActions(earlier: AfterRunAction | undefined, later: AfterRunAction): AfterRunAction {
  const list = listOf(later);
  return earlier && list.indexOf(earlier) > list.indexOf(later) ? earlier : later;
}

/** The two decisions exclude each other. */
export const contradict = (one: AfterRunAction, other: AfterRunAction): boolean => listOf(one) !== listOf(other);
