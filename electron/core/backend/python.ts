import { accessSync, constants } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';
import { PanelError } from '#contract';
import type { Environment } from '../paths.ts';

/** Where the backend's Python would be: the one that the person names, else the one that setup made. */
export function pythonPath(options: { env: Environment; platform: NodeJS.Platform; resources: string }): string {
  const { env, platform, resources } = options;
  if (env.HEADROOM_PYTHON) return env.HEADROOM_PYTHON;
  const venv = join(resources, 'python', '.venv');
  return platform === 'win32' ? join(venv, 'Scripts', 'python.exe') : join(venv, 'bin', 'python');
}

/** Fails with a PanelError (`not_found`) where that Python cannot be run: a pty would only show a riddle. */
export function checkPython(python: string, env: Environment): void {
  const files = isAbsolute(python) ? [python] : (env.PATH ?? '').split(delimiter).map((folder) => join(folder, python));
  if (files.some(isExecutable)) return;
  const named = env.HEADROOM_PYTHON === python;
  const wayOut = named
    ? 'set HEADROOM_PYTHON to a Python 3.11 to 3.14 that is there, or unset it.'
    : 'run `npm run setup`, or set HEADROOM_PYTHON to a Python that has the packages.';
  throw new PanelError('not_found', `There is no Python at ${python}: ${wayOut}`);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
