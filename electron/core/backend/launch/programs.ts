import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, isAbsolute, join, resolve } from 'node:path';
import type { Environment } from '../../base/index.ts';

/** The file that a start would run: a path as seen from its folder, a bare word on its PATH, as a shell looks. */
export function findProgram(command: string, folder: string, env: Environment): string | null {
  const places = /[/\\]/.test(command) ? [folder] : (env.PATH ?? env.Path ?? '').split(delimiter);
  const files = isAbsolute(command) ? [command] : places.map((place) => resolve(folder, join(place, command)));
  return files.flatMap((file) => endings(env).map((ending) => file + ending)).find(canRun) ?? null;
}

export function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

/** Windows finds python.exe where python is asked for. */
const endings = (env: Environment) =>
  process.platform === 'win32' ? ['', ...(env.PATHEXT ?? '.EXE;.CMD;.BAT').split(';')] : [''];

function canRun(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    // Not there, or nothing that may be run.
    return false;
  }
}
