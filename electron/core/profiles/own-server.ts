import { existsSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { findProgram, type ProcessOptions } from '../backend/index.ts';
import type { Environment } from '../base/index.ts';

interface PythonStart {
  python: string;
  env: Environment;
}

/** The Python and the variables of a profile that runs a server of Headroom's; `own` for any other program, or without one. */
export function ownServerOf(
  process: Pick<ProcessOptions, 'command' | 'args' | 'folder' | 'env'> | undefined,
  own: PythonStart,
): PythonStart {
  if (!process) return own;
  const { command, args, folder, env } = process;
  const isOurs = (arg: string) =>
    basename(arg) === 'server.py' && existsSync(join(resolve(folder, arg), '..', 'lbs', 'imports'));
  const python = /^python[\d.]*(\.exe)?$/.test(basename(command)) ? findProgram(command, folder, env) : null;
  return python && args.some(isOurs) ? { python, env } : own;
}
