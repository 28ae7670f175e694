export { createModels, type Models } from './models.ts';
