import { randomBytes } from 'node:crypto';
import { constants, existsSync } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { PanelError } from '#contract';
import { deferred, within } from './deferred.ts';
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
  env: Record<string, string>;
  /** 0700: port files and pipes lie here. */
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

/**
 * A spare waits before its settings are read; a foreign one is no server of ours: it is given the marker, by which it
 * is found, and nothing else.
 */
export type ProcessKind = 'spare' | 'serving' | 'foreign';

/** One backend in its terminal, behind its guardian. */
export interface BackendProcess {
  marker: string;
  token: string;
  portFile: string;
  stepsFile: string;
  terminal: Terminal;
  /** Of its leader; what it started may live on until `release`. */
  exit: Promise<Exit>;
  exited(): boolean;
  /** Where its output goes from now on. What came before goes there first. */
  onOutput(listener: (text: string) => Promise<void> | undefined): void;
  /** Only for a spare: it has imported everything and listens. */
  waits(): boolean;
  /** Only for a spare: gives it its environment. False where it cannot take it; it is of no use then. */
  begin(env: Record<string, string>): Promise<boolean>;
  /** Ends all that carries the marker; a line for what would not go. */
  release(): Promise<string[]>;
}

const PIPE_BYTES = 60_000;
const LOOK_MS = 10;
const TRIES = 10;

/** Fails with a PanelError where it cannot be started at all. */
export async function startProcess(options: ProcessOptions, kind: ProcessKind): Promise<BackendProcess> {
  const { command, args, folder, runFolder } = options;
  const marker = randomBytes(16).toString('hex');
  const token = randomBytes(32).toString('hex');
  const file = (ending: string) => join(runFolder, `${marker}.${ending}`);
  const own = {
    LBS_TOKEN: token,
    HEADROOM_MARKER: marker,
    HEADROOM_PORT_FILE: file('json'),
    HEADROOM_STEPS_FILE: file('steps'),
  };
  const given = kind === 'foreign' ? { HEADROOM_MARKER: marker } : own;
  const guardian = await startGuardian({ ...options.guardian, marker });
  const exit = deferred<Exit>();
  const pipe = file('pipe');
  let over = false;
  let early = '';
  let hear: Parameters<BackendProcess['onOutput']>[0] = (text) => {
    early += text;
    return undefined;
  };
  const terminal = await startTerminal({
    command,
    args: [...args],
    cwd: folder,
    env: { ...options.env, ...given, ...(kind === 'spare' ? { HEADROOM_SPARE: pipe } : {}) },
    onData: (text) => hear(text),
    onExit: (exitCode, signal) => {
      over = true;
      exit.resolve({ exitCode, signal });
    },
  }).catch(async (error: Error) => {
    await guardian.release();
    throw new PanelError('backend_error', `The backend could not be started: ${error.message}.`);
  });

  return {
    marker,
    token,
    portFile: own.HEADROOM_PORT_FILE,
    stepsFile: own.HEADROOM_STEPS_FILE,
    terminal,
    exit: exit.promise,
    exited: () => over,
    onOutput(listener) {
      hear = listener;
      if (early) void listener(early);
      early = '';
    },
    waits: () => !over && existsSync(pipe),
    async begin(env) {
      const text = JSON.stringify({ ...env, ...own });
      // What a pipe takes at once, so that a reader that died meanwhile cannot hold us.
      if (Buffer.byteLength(text) > PIPE_BYTES) return false;
      // It opens its end right after it has made the pipe.
      for (let tries = 0; tries < TRIES && !over; tries += 1) {
        if (await hand(pipe, text)) return true;
        await within(exit.promise, LOOK_MS);
      }
      return false;
    },
    async release() {
      const survivors = await guardian.release();
      // Files that cannot be removed do no harm: their names are never used again.
      for (const ending of ['json', 'steps', 'pipe']) await rm(file(ending), { force: true }).catch(() => undefined);
      return survivors;
    },
  };
}

/** False while nobody reads. */
async function hand(pipe: string, text: string): Promise<boolean> {
  try {
    const file = await open(pipe, constants.O_WRONLY | constants.O_NONBLOCK);
    await file.writeFile(text).finally(() => file.close());
    return true;
  } catch {
    return false;
  }
}
