export { type Crashes, createCrashes } from './crashes.ts';
export { type Evidence, evidenceNow } from './evidence.ts';
export { crashHandlers } from './handlers.ts';
export { createIncidents } from './incidents.ts';
