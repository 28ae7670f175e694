export { createIncidents, type Incidents } from './incidents.ts';
