import { randomBytes } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Health, PanelError, type Reason } from '#contract';
import type { Environment } from '../paths.ts';
import { type Client, createClient, reachable } from './client.ts';
import { startGuardian } from './guardian.ts';
import { oomKillsSince, readOomKills } from './oom-kills.ts';
import { fault, reasonOf } from './reasons.ts';
import { startTerminal, type Terminal } from './terminal.ts';

export interface InstanceOptions {
  python: string;
  /** The folder that holds server.py and guardian.py. */
  folder: string;
  /** 0700: port files lie here. */
  runFolder: string;
  /** Without what an instance adds: token, port file, marker. */
  env: Record<string, string>;
  host: string;
  onOutput(text: string): void;
}

export interface Ready {
  client: Client;
  health: Health;
}

/** One start of the backend, from its guardian to the last process of it. */
export interface Instance {
  terminal: Terminal;
  marker: string;
  /** Resolves when health answers; never where the instance ends before. */
  ready: Promise<Ready>;
  /** Resolves when it and everything that it started is gone. */
  exited: Promise<Reason>;
  /** Asks, then TERM, then KILL; resolves with `exited`. */
  end(): Promise<void>;
}

const POLL_MS = 50;
const POLITE_MS = 3_000;
const TERM_MS = 2_000;

/** Fails with a PanelError whose details hold the reason, where it cannot be started at all. */
export async function startInstance(options: InstanceOptions): Promise<Instance> {
  const marker = randomBytes(16).toString('hex');
  const token = randomBytes(32).toString('hex');
  const portFile = join(options.runFolder, `${marker}.json`);
  const killsBefore = await readOomKills();
  const guardian = await startGuardian({
    python: options.python,
    script: join(options.folder, 'guardian.py'),
    marker,
    env: options.env as Environment,
  });
  let output = '';
  const leader = deferred<{ exitCode: number | null; signal: string | null }>();
  const gone = new AbortController();
  const env = { ...options.env, LBS_TOKEN: token, HEADROOM_MARKER: marker, HEADROOM_PORT_FILE: portFile };
  const terminal = await startTerminal({
    command: options.python,
    args: ['-u', 'server.py'],
    cwd: options.folder,
    env,
    onData(text) {
      output = (output + text).slice(-16_384);
      options.onOutput(text);
    },
    onExit: (exitCode, signal) => leader.resolve({ exitCode, signal }),
  }).catch(async (error: Error) => {
    await guardian.release();
    throw new PanelError('backend_error', `The backend could not be started: ${error.message}.`);
  });

  // It is over when nothing that carries the marker is left, not when the leader exits.
  const exited = leader.promise.then(async ({ exitCode, signal }) => {
    gone.abort();
    const survivors = await guardian.release();
    // A file that cannot be removed does no harm: its name is never used again.
    await rm(portFile, { force: true }).catch(() => undefined);
    if (survivors.length === 0) return reasonOf(exitCode, signal, output, await oomKillsSince(killsBefore));
    return fault(
      'stuck',
      `Processes of the backend cannot be ended (${survivors.join(', ')}): end them by hand or restart the machine.`,
    );
  });

  let client: Client | null = null;
  const ready = waitReady(portFile, { host: reachable(options.host), token }, gone.signal).then((found) => {
    client = found.client;
    return found;
  });

  return {
    terminal,
    marker,
    ready,
    exited,
    async end() {
      await client?.shutdown().catch(() => undefined);
      if (client && (await within(leader.promise, POLITE_MS))) return void (await exited);
      signalGroup(terminal.pid, 'SIGTERM');
      if (!(await within(leader.promise, TERM_MS))) await guardian.release();
      await exited;
    },
  };
}

async function waitReady(
  portFile: string,
  { host, token }: { host: string; token: string },
  gone: AbortSignal,
): Promise<Ready> {
  while (!gone.aborted) {
    const port = await portIn(portFile);
    if (port !== null) {
      const client = createClient({ host, port, token });
      const health = await client.health(2_000).catch(() => null);
      if (health) return { client, health };
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  return new Promise(() => undefined);
}

async function portIn(file: string): Promise<number | null> {
  try {
    const { port } = JSON.parse(await readFile(file, 'utf8')) as { port: number };
    return port;
  } catch {
    // Not written yet; it appears whole, because the backend renames it into place.
    return null;
  }
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // The group is empty already.
  }
}

const within = (promise: Promise<unknown>, ms: number) =>
  Promise.race([
    promise.then(() => true),
    new Promise<boolean>((resolve) => {
      setTimeout(() => resolve(false), ms);
    }),
  ]);

function deferred<T>() {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
