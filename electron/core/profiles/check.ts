import type { ProfileFields, ProfileProblem } from '#contract';
import { findProgram, isFolder } from '../backend/index.ts';
import type { Environment } from '../base/index.ts';
import { say } from './sentences.ts';

/** What would make a start fail and can be checked beforehand; `env` is the panel's own. */
export function checkProfile({ command, folder, env: own }: ProfileFields, env: Environment): ProfileProblem[] {
  if (!isFolder(folder)) return [{ field: 'folder', sentence: say('noFolder', { folder }) }];
  const [program = ''] = command;
  if (findProgram(program, folder, { ...env, ...own })) return [];
  const sentence = /[/\\]/.test(program)
    ? say('noProgramInFolder', { program, folder })
    : say('noProgramOnPath', { program });
  return [{ field: 'command', sentence }];
}
