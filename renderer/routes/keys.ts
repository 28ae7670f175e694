import { rooms } from './routes.ts';

export const OPEN_PALETTE = 'mod+K';
/** Alt and the number of a room: browsers keep Ctrl and a number for their tabs. */
export const roomKeys = rooms.map(({ path }, i) => ({ path, hotkey: `alt+${i + 1}` }));

/** "mod+K" as this platform writes it. */
export const keyText = (hotkey: string, mac = /Mac/.test(navigator.platform)): string =>
  hotkey
    .replace('mod', mac ? '⌘' : 'Ctrl')
    .replace('alt', mac ? '⌥' : 'Alt')
    .replaceAll('+', mac ? '' : '+');
