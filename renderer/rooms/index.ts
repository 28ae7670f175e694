export { Rooms } from './rooms.tsx';
