export { keyText, OPEN_PALETTE, roomKeys } from './keys.ts';
export { paths, type RoomName, roomOf, rooms } from './routes.ts';
export { changePlaces, usePlace } from './use-place.ts';
