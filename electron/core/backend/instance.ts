import { readFile } from 'node:fs/promises';
import type { Health, Reason, StartStep } from '#contract';
import { type Client, createClient, reachable } from './client.ts';
import { within } from './deferred.ts';
import { type BackendProcess, type ProcessOptions, startProcess } from './process.ts';
import { fault, reasonOf } from './reasons.ts';
import { advance, firstStep, type StepName, toldSteps } from './steps.ts';
import type { Terminal } from './terminal.ts';

export interface InstanceOptions extends ProcessOptions {
  host: string;
  onOutput(text: string): void;
  onSteps(steps: StartStep[]): void;
  /** A process that has imported everything and waits for its settings, where there is one. */
  spare?(): BackendProcess | null;
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
  /** Tells that a step of the start is over. */
  passed(step: StepName): void;
  /** Asks, then TERM, then KILL; resolves with `exited`. `handOver`: queued runs are left to the next start. */
  end(handOver: boolean): Promise<void>;
}

const POLL_MS = 15;
const POLITE_MS = 3_000;
const TERM_MS = 2_000;

/** Fails with a PanelError whose details hold the reason, where it cannot be started at all. */
export async function startInstance(options: InstanceOptions): Promise<Instance> {
  let steps = firstStep(Date.now());
  options.onSteps(steps);
  const passed = (step: StepName) => {
    const next = advance(steps, step, Date.now());
    if (next.length === steps.length && next.at(-1)?.endedAt === steps.at(-1)?.endedAt) return;
    steps = next;
    options.onSteps(steps);
  };
  const { process, warm } = await begun(options);
  let output = '';
  process.onOutput((text) => {
    output = (output + text).slice(-16_384);
    options.onOutput(text);
  });
  passed(warm ? 'imports' : 'environment');

  const gone = new AbortController();
  // It is over when nothing that carries the marker is left, not when the leader exits.
  const exited = process.exit.then(async ({ exitCode, signal }) => {
    gone.abort();
    const survivors = await process.release();
    if (survivors.length === 0) return reasonOf(exitCode, signal, output);
    const message = `Processes of the backend cannot be ended (${survivors.join(', ')}): end them by hand or restart the machine.`;
    return { ...fault('stuck', message), pids: survivors.map(Number).filter(Number.isInteger) };
  });

  let client: Client | null = null;
  const ready = waitReady(process, reachable(options.host), passed, gone.signal).then((found) => {
    client = found.client;
    return found;
  });

  return {
    terminal: process.terminal,
    marker: process.marker,
    ready,
    exited,
    passed,
    async end(handOver) {
      await client?.shutdown(handOver).catch(() => undefined);
      if (client && (await within(process.exit, POLITE_MS))) return void (await exited);
      signalGroup(process.terminal.pid, 'SIGTERM');
      if (!(await within(process.exit, TERM_MS))) await process.release();
      await exited;
    },
  };
}

/** A spare that takes these settings, else a process of its own; `warm` tells which. */
async function begun(options: InstanceOptions): Promise<{ process: BackendProcess; warm: boolean }> {
  const spare = options.spare?.();
  if (spare && (await spare.begin(options.env))) return { process: spare, warm: true };
  void spare?.release();
  return { process: await startProcess(options, 'serving'), warm: false };
}

async function waitReady(
  { portFile, stepsFile, token }: BackendProcess,
  host: string,
  passed: (step: StepName) => void,
  gone: AbortSignal,
): Promise<Ready> {
  while (!gone.aborted) {
    for (const step of await toldSteps(stepsFile)) passed(step);
    const port = await portIn(portFile);
    if (port !== null) {
      const client = createClient({ host, port, token });
      const health = await client.health(2_000).catch(() => null);
      if (health) {
        passed('ready');
        return { client, health };
      }
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
