import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { PanelError } from '#contract';
import { deferred } from './deferred.ts';
import { startGuardian } from './guardian.ts';
import { startTerminal, type Terminal } from './terminal.ts';

export interface Exit {
  exitCode: number | null;
  signal: string | null;
}

export interface ProcessOptions {
  python: string;
  /** The folder that holds server.py and guardian.py. */
  folder: string;
  /** 0700: port files lie here. */
  runFolder: string;
  /** Without what a process adds: token, marker, where to tell port and steps. */
  env: Record<string, string>;
}

/** One server in its terminal, behind its guardian. */
export interface BackendProcess {
  marker: string;
  token: string;
  portFile: string;
  stepsFile: string;
  terminal: Terminal;
  /** Of its leader; what it started may live on until `release`. */
  exit: Promise<Exit>;
  /** Ends all that carries the marker; a line for what would not go. */
  release(): Promise<string[]>;
}

/** `warm`: forked from a parent that has imported everything, where one is there. Fails with a PanelError. */
export async function startProcess(
  options: ProcessOptions,
  warm: boolean,
  onOutput: (text: string) => Promise<void> | undefined,
): Promise<BackendProcess> {
  const { python, folder, runFolder, env } = options;
  const marker = randomBytes(16).toString('hex');
  const token = randomBytes(32).toString('hex');
  const portFile = join(runFolder, `${marker}.json`);
  const stepsFile = join(runFolder, `${marker}.steps`);
  const guardian = await startGuardian({ python, script: join(folder, 'guardian.py'), marker, env });
  const exit = deferred<Exit>();
  const terminal = await startTerminal({
    command: python,
    args: warm ? ['-I', '-S', 'start_warm.py'] : ['-u', 'server.py'],
    cwd: folder,
    env: {
      ...env,
      LBS_TOKEN: token,
      HEADROOM_MARKER: marker,
      HEADROOM_PORT_FILE: portFile,
      HEADROOM_STEPS_FILE: stepsFile,
    },
    onData: onOutput,
    onExit: (exitCode, signal) => exit.resolve({ exitCode, signal }),
  }).catch(async (error: Error) => {
    await guardian.release();
    throw new PanelError('backend_error', `The backend could not be started: ${error.message}.`);
  });
  return {
    marker,
    token,
    portFile,
    stepsFile,
    terminal,
    exit: exit.promise,
    async release() {
      const survivors = await guardian.release();
      // Files that cannot be removed do no harm: their names are never used again.
      for (const file of [portFile, stepsFile]) await rm(file, { force: true }).catch(() => undefined);
      return survivors;
    },
  };
}
