export { findPlace, type Place } from './place.ts';
