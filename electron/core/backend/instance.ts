import { readFile } from 'node:fs/promises';
import type { Health, Reason, StartStep } from '#contract';
import { createTextTail } from '../text-tail.ts';
import { type Client, createClient, reachable } from './client.ts';
import { within } from './deferred.ts';
import { oomKillsSince, readOomKills } from './oom-kills.ts';
import { type BackendProcess, type ProcessOptions, startProcess } from './process.ts';
import { fault, reasonOf } from './reasons.ts';
import { advance, firstStep, type StepName, toldSteps } from './steps.ts';
import type { Terminal } from './terminal.ts';

export interface InstanceOptions extends ProcessOptions {
  host: string;
  /** A promise asks it to print no more until then. */
  onOutput(text: string): Promise<void> | undefined;
  onSteps(steps: StartStep[]): void;
  /** A parent that has imported everything waits to be asked for a server. */
  warm: boolean;
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
  const passed = (step: StepName, at = Date.now()) => {
    const next = advance(steps, step, at);
    if (next.length === steps.length && next.at(-1)?.endedAt === steps.at(-1)?.endedAt) return;
    steps = next;
    options.onSteps(steps);
  };
  const killsBefore = await readOomKills();
  const output = createTextTail(16_384);
  const process = await startProcess(options, options.warm, (text) => {
    output.push(text);
    return options.onOutput(text);
  });
  passed('environment');

  const gone = new AbortController();
  // It is over when nothing that carries the marker is left, not when the leader exits.
  const exited = process.exit.then(async ({ exitCode, signal }) => {
    gone.abort();
    const survivors = await process.release();
    if (survivors.length === 0) return reasonOf(exitCode, signal, output.text(), await oomKillsSince(killsBefore));
    return fault(
      'stuck',
      `Processes of the backend cannot be ended (${survivors.join(', ')}): end them by hand or restart the machine.`,
    );
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

async function waitReady(
  { portFile, stepsFile, token }: BackendProcess,
  host: string,
  passed: (step: StepName, at?: number) => void,
  gone: AbortSignal,
): Promise<Ready> {
  while (!gone.aborted) {
    for (const { name, at } of await toldSteps(stepsFile)) passed(name, at);
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
