import { randomBytes } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { PanelError } from '#contract';
import { say } from '../sentences.ts';
import { deferred } from './deferred.ts';
import { type GuardianOptions, startGuardian } from './guardian.ts';
import { startTerminal, type Terminal, type TerminalOptions } from './terminal.ts';

export interface Exit {
  exitCode: number | null;
  signal: string | null;
}

export interface ProcessOptions {
  /** The program, run in `folder`. */
  command: string;
  args: readonly string[];
  folder: string;
  /** Without the variables that each start adds: token, marker, port file and steps file. */
  env: Record<string, string>;
  /** The launcher asks the warm parent first. */
  warm?: boolean;
  /** Mode 0700: it holds port files. */
  runFolder: string;
  guardian: Omit<GuardianOptions, 'marker'>;
}

/** Headroom's own server: `folder` holds server.py and guardian.py. */
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

/** The same server, forked from its warm parent where there is one. */
export const fromWarmParent = (own: ProcessOptions): ProcessOptions => ({ ...own, warm: true });

/** The program under the launcher, which stays its parent: it inherits and kills what the program leaves behind. Linux only. */
function launched(
  { command, args, warm, guardian }: ProcessOptions,
  env: Record<string, string>,
): Pick<TerminalOptions, 'command' | 'args' | 'env'> {
  if (process.platform !== 'linux') return { command, args: [...args], env };
  const launcher = join(dirname(guardian.script), 'launcher.py');
  // The libraries of the program could break the launcher's Python: the launcher gives these variables back.
  const named = Object.entries(env).map(([name, value]) => [name.replace(/^LD_/, 'HEADROOM_LAUNCH_LD_'), value]);
  return {
    command: guardian.python,
    args: ['-I', '-S', launcher, ...(warm ? ['--warm'] : []), command, ...args],
    env: Object.fromEntries(named),
  };
}

/** The first child of the launcher; its own pid where there is no launcher. */
async function programUnder(pid: number): Promise<number> {
  if (process.platform !== 'linux') return pid;
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  return Number(children.split(' ')[0]) || pid;
}

/** One backend in its terminal, watched by its guardian. */
export interface BackendProcess {
  marker: string;
  token: string;
  portFile: string;
  stepsFile: string;
  terminal: Terminal;
  /** The pid of the program under the launcher. */
  program(): Promise<number>;
  /** The exit of its leader; its children may live on until `release`. */
  exit: Promise<Exit>;
  /** Terminates every process with the marker; returns one line for each survivor. */
  release(): Promise<string[]>;
}

const issued: string[] = [];
const MOST_ISSUED = 20;

/** Tokens and markers of the last starts, which must not be in a file that is shared. */
export const issuedSecrets = (): readonly string[] => issued;

/** A foreign backend gets only the marker, by which its processes are found. Throws PanelError. */
export async function startProcess(
  options: ProcessOptions,
  kind: 'own' | 'foreign',
  onOutput: (text: string) => Promise<void> | undefined,
): Promise<BackendProcess> {
  const { folder, runFolder } = options;
  const marker = randomBytes(16).toString('hex');
  const token = randomBytes(32).toString('hex');
  issued.push(token, marker);
  issued.splice(0, issued.length - MOST_ISSUED);
  const portFile = join(runFolder, `${marker}.json`);
  const stepsFile = join(runFolder, `${marker}.steps`);
  const own = { LBS_TOKEN: token, HEADROOM_PORT_FILE: portFile, HEADROOM_STEPS_FILE: stepsFile };
  const guardian = await startGuardian({ ...options.guardian, marker });
  const exit = deferred<Exit>();
  const terminal = await startTerminal({
    ...launched(options, { ...options.env, ...(kind === 'own' ? own : {}), HEADROOM_MARKER: marker }),
    cwd: folder,
    onData: onOutput,
    onExit: (exitCode, signal) => exit.resolve({ exitCode, signal }),
  }).catch(async (error: Error) => {
    await guardian.release();
    throw new PanelError('backend_error', say('startFailed', { reason: error.message }));
  });
  return {
    marker,
    token,
    portFile,
    stepsFile,
    terminal,
    program: () => programUnder(terminal.pid),
    exit: exit.promise,
    async release() {
      const survivors = await guardian.release();
      // Files that cannot be removed do no harm: their names are never reused.
      for (const file of [portFile, stepsFile]) await rm(file, { force: true }).catch(() => undefined);
      return survivors;
    },
  };
}
