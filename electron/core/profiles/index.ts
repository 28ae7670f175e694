export { profileHandlers } from './handlers.ts';
export { ownServerOf } from './own-server.ts';
export { createProfiles } from './profiles.ts';
export { createStarts, type ForeignStart } from './starts.ts';
