import { usePanel } from '../store.ts';
import { unreadIn } from './unread.ts';

/** The number of entries since the last visit of the inbox, for its badge. */
export function useUnread(): number {
  return usePanel(({ state }) => (state ? unreadIn(state.events, state.inbox.visitedAt, state.backend.since) : 0));
}
