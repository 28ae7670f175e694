import type { Reason } from '#contract';
import { answers, type Foreign } from '../foreign/foreign.ts';
import { fault } from '../reasons/reasons.ts';
import type { ProcessOptions } from './process.ts';
import { findProgram, isFolder } from './programs.ts';

/** Why a start cannot work, seen before it is tried: the system's own word for it would be a riddle. Null: it may. */
export async function obstacleTo(about: ProcessOptions & { foreign: Foreign | null }): Promise<Reason | null> {
  const { command, folder, env, guardian, foreign } = about;
  if (!findProgram(guardian.python, folder, guardian.env)) return noPython(guardian.python);
  if (!foreign) return null;
  if (!isFolder(folder)) return fault('missing_program', `There is no folder ${folder}.`, MEND);
  if (!findProgram(command, folder, env))
    return fault('missing_program', `There is no program ${command} in ${folder} or on PATH.`, MEND);
  // It would pass for the one that is about to be started.
  if (await answers(foreign.healthUrl))
    return fault(
      'port_busy',
      `Something answers at ${foreign.healthUrl} already.`,
      'End that program, or give the backend another port and health URL, then try again.',
    );
  return null;
}

const MEND = 'Mend it under Limits, Backend, then try again.';

const noPython = (python: string): Reason =>
  fault('missing_python', `There is no Python at ${python}: run npm run setup, or name one with HEADROOM_PYTHON.`);
