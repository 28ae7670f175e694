import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import type { Health, Reason, StartStep } from '#contract';
import { createTextTail } from '../../base/index.ts';
import { type Client, createClient, reachable } from '../client/client.ts';
import { type Foreign, foreignReason, waitForAnswer } from '../foreign/foreign.ts';
import { advance, firstStep, foreignStepNames, type StepName, stepNames, toldSteps } from '../machine/start-steps.ts';
import { fault, reasonOf } from '../reasons/reasons.ts';
import { within } from './deferred.ts';
import { oomKillsSince, readOomKills } from './oom-kills.ts';
import { type BackendProcess, type ProcessOptions, startProcess } from './process.ts';
import type { Terminal } from './terminal.ts';

export interface InstanceOptions extends ProcessOptions {
  /** Where a server of ours listens. */
  host: string;
  /** What is known of a backend that is not ours; null: it is. */
  foreign: Foreign | null;
  /** A promise asks it to print no more until then. */
  onOutput(text: string): Promise<void> | undefined;
  onSteps(steps: StartStep[]): void;
}

/** A backend that is not ours has neither: that it answers is all that is known. */
export type Ready = { client: Client; health: Health } | { client: null; health: null; healthUrl: string };

/** One start of the backend, from its guardian to the last process of it. */
export interface Instance {
  terminal: Terminal;
  marker: string;
  /** Resolves when it answers; never where the instance ends before. */
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
  const { foreign } = options;
  const names = foreign ? foreignStepNames : stepNames;
  let steps = firstStep(Date.now());
  options.onSteps(steps);
  const passed = (step: StepName, at = Date.now()) => {
    const next = advance(steps, step, at, names);
    if (next.length === steps.length && next.at(-1)?.endedAt === steps.at(-1)?.endedAt) return;
    steps = next;
    options.onSteps(steps);
  };
  const killsBefore = await readOomKills();
  const output = createTextTail(16_384);
  const process = await startProcess(options, foreign ? 'foreign' : 'own', (text) => {
    output.push(text);
    return options.onOutput(text);
  });
  passed(foreign ? 'process' : 'environment');

  const gone = new AbortController();
  // It is over when nothing that carries the marker is left, not when the leader exits.
  const exited = process.exit.then(async ({ exitCode, signal }) => {
    gone.abort();
    const survivors = await process.release();
    const tell = foreign ? foreignReason : reasonOf;
    if (survivors.length === 0) return tell(exitCode, signal, output.text(), await oomKillsSince(killsBefore));
    const message = `Processes of the backend cannot be ended (${survivors.join(', ')}): end them by hand or restart the machine.`;
    return { ...fault('stuck', message), pids: survivors.map(Number).filter(Number.isInteger) };
  });

  let client: Client | null = null;
  const waited = foreign
    ? waitForAnswer(foreign.healthUrl, gone.signal)
    : waitReady(process, reachable(options.host), passed, gone.signal);
  const ready = waited.then((found) => {
    client = found.client;
    passed('ready');
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
      termGroup(process.terminal.pid);
      if (!(await within(process.exit, foreign?.stopMs ?? TERM_MS))) await process.release();
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

/** TERM to the whole group; Windows has neither, so the tree is ended there. */
function termGroup(pid: number): void {
  if (process.platform === 'win32') {
    // What it misses, the guardian finds.
    execFile('taskkill', ['/PID', String(pid), '/T', '/F'], { windowsHide: true }, () => undefined);
    return;
  }
  try {
    process.kill(-pid, 'SIGTERM');
  } catch {
    // The group is empty already.
  }
}
