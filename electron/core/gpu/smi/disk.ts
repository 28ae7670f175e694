import { accessSync, constants, existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, win32 } from 'node:path';

/** The disk operations that locating nvidia-smi needs. */
export interface Disk {
  isExecutable(file: string): boolean;
  exists(path: string): boolean;
  /** A file's text without white space around it; empty where it is unreadable. */
  read(file: string): string;
  /** The names in a folder, last changed first; empty where there is no such folder. */
  newestFirst(folder: string): string[];
}

/** The disk below `root`; tests pass a folder of their own. */
export function diskAt(root = ''): Disk {
  const at = (path: string) => (root ? join(root, path) : path);
  const changed = (folder: string, name: string) => {
    try {
      return statSync(win32.join(folder, name)).mtimeMs;
    } catch {
      // Removed meanwhile, or a dangling link: the others still count.
      return 0;
    }
  };
  return {
    isExecutable(file) {
      try {
        accessSync(at(file), constants.X_OK);
        return statSync(at(file)).isFile();
      } catch {
        // This candidate cannot be run: try the next one.
        return false;
      }
    },
    exists: (path) => existsSync(at(path)),
    read(file) {
      try {
        return readFileSync(at(file), 'utf8').trim();
      } catch {
        return '';
      }
    },
    newestFirst(folder) {
      try {
        const entries = readdirSync(at(folder)).map((name) => ({ name, time: changed(at(folder), name) }));
        return entries.sort((a, b) => b.time - a.time).map((entry) => entry.name);
      } catch {
        // No such folder: an older Windows, or no driver from the driver store.
        return [];
      }
    },
  };
}
