import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = resolve(dirname(fileURLToPath(import.meta.url)), '..', '..');
export const at = (...parts) => join(root, ...parts);

export const venv = at('python', '.venv');
export const pythonIn = (folder) =>
  process.platform === 'win32' ? join(folder, 'Scripts', 'python.exe') : join(folder, 'bin', 'python');

/** The same rule as in electron/core/base/paths.ts, which setup cannot import before it is built. */
export function dataFolder(env = process.env) {
  if (env.HEADROOM_HOME) return resolve(env.HEADROOM_HOME);
  if (process.platform === 'win32') return join(env.APPDATA || join(homedir(), 'AppData', 'Roaming'), 'Headroom');
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Application Support', 'Headroom');
  return join(env.XDG_DATA_HOME?.startsWith('/') ? env.XDG_DATA_HOME : join(homedir(), '.local', 'share'), 'headroom');
}
