export { keyText, OPEN_PALETTE, roomKeys } from './keys.ts';
export { paths, type RoomName, roomOf, rooms } from './routes.ts';
export { usePlace } from './use-place.ts';
