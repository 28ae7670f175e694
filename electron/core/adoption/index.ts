export { type AdoptionRoom, createAdoption } from './adoption.ts';
export { createPanelAdoption } from './panel-adoption.ts';
