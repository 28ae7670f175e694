export { createConverter } from './converter.ts';
export { modelHandlers } from './handlers.ts';
export { createModels, type Models } from './models.ts';
