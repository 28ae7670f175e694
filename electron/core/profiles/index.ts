export { checkProfile } from './check.ts';
export { type ChoosingSteps, chooseProfile } from './choosing.ts';
export { createProfiles, type Profiles } from './profiles.ts';
export { createStarts, type ForeignStart } from './starts.ts';
