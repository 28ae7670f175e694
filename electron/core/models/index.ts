export { modelHandlers } from './handlers.ts';
export { createModels, type Models } from './models.ts';
