import { accessSync, constants, readlinkSync, statSync } from 'node:fs';
import { delimiter, dirname, isAbsolute, join, resolve } from 'node:path';
import type { Environment } from '../../base/index.ts';
import { errnoOf } from '../../base/index.ts';

/** The file that a start would run, resolved as a shell does: a path from its folder, a bare name on its PATH. */
export function findProgram(command: string, folder: string, env: Environment): string | null {
  const places = /[/\\]/.test(command) ? [folder] : (env.PATH ?? env.Path ?? '').split(delimiter);
  const files = isAbsolute(command) ? [command] : places.map((place) => resolve(folder, join(place, command)));
  return files.flatMap((file) => extensions(env).map((extension) => file + extension)).find(canRun) ?? null;
}

/** The folder or file on the way to `path`, through links as well, that this user may not use; null where nothing is denied. */
export function deniedPart(path: string, denied = isDenied, links = 10): string | null {
  if (!denied(path)) return null;
  const parent = dirname(path);
  const above = parent === path ? null : deniedPart(parent, denied, links);
  if (above !== null) return above;
  const target = targetOf(path);
  return (target !== null && links > 0 ? deniedPart(resolve(parent, target), denied, links - 1) : null) ?? path;
}

function isDenied(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return false;
  } catch (error) {
    return errnoOf(error) === 'EACCES';
  }
}

function targetOf(link: string): string | null {
  try {
    return readlinkSync(link);
  } catch {
    // Not a link.
    return null;
  }
}

export function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    // Absent, or in a folder that this user may not use.
    return false;
  }
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
