export { type DismissedServers, openDismissedServers } from './dismissed.ts';
export { adoptionHandlers } from './handlers.ts';
export { createPanelAdoption } from './panel-adoption.ts';
