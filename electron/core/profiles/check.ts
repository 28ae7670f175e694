import type { ProfileFields, ProfileProblem } from '#contract';
import { findProgram, isFolder } from '../backend/index.ts';
import type { Environment } from '../base/index.ts';

/** What a start would fail at, seen from here; `env` is the panel's own. */
export function checkProfile({ command, folder, env: own }: ProfileFields, env: Environment): ProfileProblem[] {
  if (!isFolder(folder))
    return [{ field: 'folder', message: `There is no folder ${folder} on this machine: mend the path or make it.` }];
  const [program = ''] = command;
  if (findProgram(program, folder, { ...env, ...own })) return [];
  const where = /[/\\]/.test(program) ? `as seen from ${folder}` : 'on PATH';
  const message = `There is no program ${program} ${where} that may be run: write its whole path, or install it.`;
  return [{ field: 'command', message }];
}
