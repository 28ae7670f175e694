export { profileHandlers } from './handlers.ts';
export { createProfiles, type Profiles } from './profiles.ts';
export { createStarts, type ForeignStart } from './starts.ts';
