export { type AdoptionRoom, createAdoption } from './adoption.ts';
