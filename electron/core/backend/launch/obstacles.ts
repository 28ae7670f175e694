import { existsSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import type { Reason, Sentence } from '#contract';
import { diskAnswers } from '../../base/index.ts';
import { type Foreign, answers as urlAnswers } from '../foreign/foreign.ts';
import { fault } from '../reasons/reasons.ts';
import { say } from '../sentences.ts';
import type { ProcessOptions } from './process.ts';
import { deniedPart, findProgram, isFolder } from './programs.ts';

/** Why a start cannot work, found before it is tried: the system's own error would be cryptic. Null: it may work. */
export async function obstacleTo(
  about: ProcessOptions & { foreign: Foreign | null; exposedHost: string | null },
  processList = '/proc/self',
): Promise<Reason | null> {
  const { command, folder, env, guardian, foreign } = about;
  const paths = [guardian.python, folder, ...(foreign ? [command] : [])];
  const answers = await Promise.all(paths.map((path) => diskAnswers(path)));
  const silent = paths.find((_, i) => !answers[i]);
  if (silent) return fault('missing_program', say('diskSilent', { path: silent }));
  if (!findProgram(guardian.python, folder, guardian.env)) return noPython(guardian.python);
  if (process.platform === 'linux' && !existsSync(processList)) return fault('configuration', say('noProc'));
  if (about.exposedHost !== null)
    return fault('not_allowed', say('exposedHost', { host: about.exposedHost }), say('answerQuestion'));
  if (!foreign) return null;
  if (!isFolder(folder))
    return fault('missing_program', denied(folder) ?? say('noFolder', { folder }), say('fixProfile'));
  if (!findProgram(command, folder, env))
    return fault('missing_program', denied(command) ?? say('noProgram', { command, folder }), say('fixProfile'));
  // It would be taken for the one that is about to start.
  if (await urlAnswers(foreign.healthUrl))
    return fault('port_busy', say('urlAnswers', { url: foreign.healthUrl }), say('otherUrl'));
  return null;
}

function noPython(python: string): Reason {
  const refused = denied(python);
  return refused
    ? fault('missing_python', refused, say('usePython'))
    : fault('missing_python', say('noPython', { python }));
}

function denied(path: string): Sentence | null {
  const part = isAbsolute(path) ? deniedPart(path) : null;
  return part === null ? null : say('denied', { path, part });
}
