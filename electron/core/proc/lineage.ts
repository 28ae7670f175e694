import type { Seen } from './process-table.ts';

/** All that a process has started, and what those have; without itself. */
export function descendantsOf(pid: number, found: readonly Seen[]): Seen[] {
  const line = new Set([pid]);
  const children: Seen[] = [];
  let before = -1;
  while (before !== children.length) {
    before = children.length;
    const fresh = found.filter((process) => line.has(process.parent) && !line.has(process.pid));
    for (const process of fresh) line.add(process.pid);
    children.push(...fresh);
  }
  return children;
}

/** The screen goes dark with these: never ended from here. */
const displayServers = new Set([
  ...['Xorg', 'X', 'Xwayland', 'gnome-shell', 'kwin_wayland', 'kwin_x11', 'sway', 'weston', 'mutter'],
  ...['plasmashell', 'Hyprland', 'cinnamon', 'wayfire', 'labwc', 'river', 'gdm-x-session', 'gdm-wayland-session'],
  ...['cosmic-comp', 'niri', 'dwm.exe', 'csrss.exe', 'explorer.exe'],
]);

/** By the program's name, whatever its folder. */
export const drawsScreen = (program: string) => displayServers.has(program.split('/').at(-1) ?? '');
