export { adoptionHandlers } from './handlers.ts';
export { createPanelAdoption } from './panel-adoption.ts';
