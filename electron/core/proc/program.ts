import { basename, win32 } from 'node:path';

/** The program in a command line or in a process name of nvidia-smi, without its folder and arguments. */
export function programOf(command: string): string {
  // A Windows path stands alone, and may contain spaces.
  return /^[A-Za-z]:\\/.test(command) ? win32.basename(command) : basename(command.split(' ')[0] ?? '');
}

const displayServers = new Set([
  ...['Xorg', 'X', 'Xwayland', 'gnome-shell', 'kwin_wayland', 'kwin_x11', 'sway', 'weston', 'mutter'],
  ...['plasmashell', 'Hyprland', 'cinnamon', 'wayfire', 'labwc', 'river', 'gdm-x-session', 'gdm-wayland-session'],
  ...['cosmic-comp', 'niri', 'dwm.exe', 'csrss.exe', 'explorer.exe'],
]);

/** Whether the screen goes dark without this program: Headroom never terminates it. */
export const isDisplayServer = (program: string) => displayServers.has(basename(program));
