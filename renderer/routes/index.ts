export { paths, type RoomName, roomOf, rooms } from './routes.ts';
export { usePlace } from './use-place.ts';
