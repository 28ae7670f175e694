export { createHub, type Hub } from './hub.ts';
export { createNotices, invalidOverrides, type Notices, onPipes } from './notices.ts';
