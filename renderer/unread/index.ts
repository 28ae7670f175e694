// Apart from the inbox, so that the badge on the rail does not load it.
export { isKept } from './unread.ts';
export { useUnread } from './use-unread.ts';
