import { IconHistory, IconInbox, IconLayoutDashboard, IconPlayerPlay, IconSettings } from '@tabler/icons-react';

/** The rooms of the rail, in its order; `name` is the key of its words (`frame.room.NAME`). */
export const rooms = [
  { name: 'overview', path: '/', icon: IconLayoutDashboard },
  { name: 'runs', path: '/runs', icon: IconPlayerPlay },
  { name: 'log', path: '/log', icon: IconHistory },
  { name: 'inbox', path: '/inbox', icon: IconInbox },
  { name: 'settings', path: '/settings', icon: IconSettings },
] as const;

export type RoomName = (typeof rooms)[number]['name'];

/** The address of each place, after the `#`. Ids are escaped, because a client of the API may choose any. */
export const paths = {
  overview: '/',
  runs: '/runs',
  run: (id: string) => `/runs/${encodeURIComponent(id)}`,
  /** Two to six runs; the first is the baseline. */
  compare: (ids: readonly string[]) => `/compare/${ids.map(encodeURIComponent).join('/')}`,
  log: '/log',
  inbox: '/inbox',
  /** `id`: of a crash report or an alert. */
  inboxEntry: (id: string) => `/inbox/${encodeURIComponent(id)}`,
  settings: (section?: string) => (section === undefined ? '/settings' : `/settings/${section}`),
} as const;

/** The room that the rail marks for an address. */
export function roomOf(path: string): RoomName {
  if (path.startsWith('/compare')) return 'runs';
  return rooms.find((room) => room.path !== '/' && path.startsWith(room.path))?.name ?? 'overview';
}
