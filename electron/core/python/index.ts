export { pythonHandlers } from './handlers.ts';
export { createPythons, type Pythons } from './python.ts';
export { recipeFor } from './recipe.ts';
