import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { PanelError } from '#contract';
import { deferred } from './deferred.ts';
import { type GuardianOptions, startGuardian } from './guardian.ts';
import { startTerminal, type Terminal } from './terminal.ts';

export interface Exit {
  exitCode: number | null;
  signal: string | null;
}

export interface ProcessOptions {
  /** What runs, in which folder. */
  command: string;
  args: readonly string[];
  folder: string;
  /** Without what a process adds: token, marker, where to tell port and steps. */
  env: Record<string, string>;
  /** 0700: port files lie here. */
  runFolder: string;
  guardian: Omit<GuardianOptions, 'marker'>;
}

/** Our own: `folder` holds server.py and guardian.py. */
export const ownServer = (about: {
  python: string;
  folder: string;
  runFolder: string;
  env: Record<string, string>;
}): ProcessOptions => ({
  command: about.python,
  args: ['-u', 'server.py'],
  folder: about.folder,
  env: about.env,
  runFolder: about.runFolder,
  guardian: { python: about.python, script: join(about.folder, 'guardian.py'), env: about.env },
});

/** The same, forked from a parent that has imported everything, where one is there. */
export const fromWarm = (own: ProcessOptions): ProcessOptions => ({ ...own, args: ['-I', '-S', 'start_warm.py'] });

/** One backend in its terminal, behind its guardian. */
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

/** A foreign one is given the marker, by which it is found, and nothing else of ours. Fails with a PanelError. */
export async function startProcess(
  options: ProcessOptions,
  kind: 'own' | 'foreign',
  onOutput: (text: string) => Promise<void> | undefined,
): Promise<BackendProcess> {
  const { command, args, folder, runFolder } = options;
  const marker = randomBytes(16).toString('hex');
  const token = randomBytes(32).toString('hex');
  const portFile = join(runFolder, `${marker}.json`);
  const stepsFile = join(runFolder, `${marker}.steps`);
  const own = { LBS_TOKEN: token, HEADROOM_PORT_FILE: portFile, HEADROOM_STEPS_FILE: stepsFile };
  const guardian = await startGuardian({ ...options.guardian, marker });
  const exit = deferred<Exit>();
  const terminal = await startTerminal({
    command,
    args: [...args],
    cwd: folder,
    env: { ...options.env, ...(kind === 'own' ? own : {}), HEADROOM_MARKER: marker },
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
