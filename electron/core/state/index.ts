export { createHub, type Hub } from './hub.ts';
export { createNotices, invalidOverrides, type Notices, onPipes, watchedEnded } from './notices.ts';
