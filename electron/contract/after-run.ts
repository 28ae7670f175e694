import type { AfterRunAction } from './state.ts';

/** Each action does what those before it in its list do. Actions of different lists contradict each other. */
const lists: readonly (readonly AfterRunAction[])[] = [
  ['restart', 'apply', 'clear'],
  ['stop', 'close'],
];

const listOf = (action: AfterRunAction) => lists.find((list) => list.includes(action)) ?? [];

/** What fulfils both decisions; the later one where they contradict each other. */
export function combinedActions(earlier: AfterRunAction | undefined, later: AfterRunAction): AfterRunAction {
  const list = listOf(later);
  return earlier && list.indexOf(earlier) > list.indexOf(later) ? earlier : later;
}

/** Only one of both decisions can be carried out. */
export const contradict = (one: AfterRunAction, other: AfterRunAction): boolean => listOf(one) !== listOf(other);
