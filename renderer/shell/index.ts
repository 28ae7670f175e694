export { Header } from './header.tsx';
export { Notices } from './notices.tsx';
