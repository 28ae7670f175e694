import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, isAbsolute, join, resolve } from 'node:path';
import type { Environment } from '../../base/index.ts';

/** The file that a start would run, resolved as a shell does: a path from its folder, a bare name on its PATH. */
export function findProgram(command: string, folder: string, env: Environment): string | null {
  const places = /[/\\]/.test(command) ? [folder] : (env.PATH ?? env.Path ?? '').split(delimiter);
  const files = isAbsolute(command) ? [command] : places.map((place) => resolve(folder, join(place, command)));
  return files.flatMap((file) => extensions(env).map((extension) => file + extension)).find(canRun) ?? null;
}

export function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

/** Windows finds python.exe for python. */
const extensions = (env: Environment) =>
  process.platform === 'win32' ? ['', ...(env.PATHEXT ?? '.EXE;.CMD;.BAT').split(';')] : [''];

function canRun(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    // Absent, or not executable.
    return false;
  }
}
