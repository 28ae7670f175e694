import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import type { Health, Reason, StartStep } from '#contract';
import { createTextTail } from '../../base/index.ts';
import { type Client, createClient, type Leave, reachable } from '../client/client.ts';
import { type Foreign, foreignReason, waitForAnswer } from '../foreign/foreign.ts';
import {
  advance,
  firstStep,
  foreignStepNames,
  reportedRefusal,
  reportedSteps,
  type StepName,
  stepNames,
} from '../machine/start-steps.ts';
import { fault, reasonOf } from '../reasons/reasons.ts';
import { say } from '../sentences.ts';
import { within } from './deferred.ts';
import { oomKillsSince, readOomKills } from './oom-kills.ts';
import { type BackendProcess, type ProcessOptions, startProcess } from './process.ts';
import type { Terminal } from './terminal.ts';

export interface InstanceOptions extends ProcessOptions {
  /** The address that Headroom's own server listens on. */
  host: string;
  /** The same if the person has not yet allowed access from other machines; else null. */
  exposedHost: string | null;
  /** A backend of another make; null for Headroom's own. */
  foreign: Foreign | null;
  /** Returns a promise to pause the output until it resolves. */
  onOutput(text: string): Promise<void> | undefined;
  onSteps(steps: StartStep[]): void;
  /** It was terminated without having taken the request to exit: what `Leave` asks for has not happened. */
  onUnheard(): void;
}

export type { Leave };

/** A foreign backend has neither client nor health: only its answer is known. */
export type Ready = { client: Client; health: Health } | { client: null; health: null; healthUrl: string };

/** One start of the backend, from its guardian to its last process. */
export interface Instance {
  terminal: Terminal;
  /** Of the program once it is ready; before that, of what starts it in the terminal. */
  pid(): number;
  marker: string;
  /** Resolves when it answers; never where the instance exits before. */
  ready: Promise<Ready>;
  /** Resolves when it and everything that it started has exited. */
  exited: Promise<Reason>;
  /** Marks a step of the start as finished. */
  finish(step: StepName): void;
  /** Asks it to exit, then sends TERM, then KILL; resolves with `exited`. */
  terminate(leave: Leave): Promise<void>;
}

const POLL_MS = 15;
const SHUTDOWN_MS = 3_000;
const TERM_MS = 2_000;

/** Throws PanelError where it cannot be started at all. */
export async function startInstance(options: InstanceOptions): Promise<Instance> {
  const { foreign } = options;
  const names = foreign ? foreignStepNames : stepNames;
  let steps = firstStep(Date.now());
  options.onSteps(steps);
  const finish = (step: StepName, at = Date.now()) => {
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
  finish(foreign ? 'process' : 'environment');

  const ended = new AbortController();
  // It has exited when no process with the marker is left, not when the leader exits.
  const exited = process.exit.then(async ({ exitCode, signal }) => {
    ended.abort();
    // The release removes the file.
    const refusal = foreign ? null : await reportedRefusal(process.stepsFile);
    const survivors = await process.release();
    const kills = await oomKillsSince(killsBefore);
    const pids = survivors.map(Number).filter(Number.isInteger);
    // What refused has started nothing, and says why.
    if (survivors.length === 0 || (pids.length === 0 && refusal))
      return foreign
        ? foreignReason(exitCode, signal, output.text(), kills)
        : reasonOf(exitCode, signal, output.text(), kills, refusal);
    if (pids.length === 0) return fault('stuck', say('unverified', { reason: survivors.join(', ') }));
    return { ...fault('stuck', say('stuck', { pids: pids.join(', ') })), pids };
  });

  let client: Client | null = null;
  const waited = foreign
    ? waitForAnswer(foreign.healthUrl, ended.signal)
    : waitReady(process, reachable(options.host), finish, ended.signal);
  let pid = process.terminal.pid;
  const ready = waited.then(async (found) => {
    client = found.client;
    finish('ready');
    pid = found.health?.pid ?? (await process.program());
    return found;
  });

  return {
    terminal: process.terminal,
    pid: () => pid,
    marker: process.marker,
    ready,
    exited,
    finish,
    async terminate(leave) {
      const heard = await client?.shutdown(leave).then(
        () => true,
        () => false,
      );
      if (client && (await within(process.exit, SHUTDOWN_MS))) return void (await exited);
      if (heard === false) options.onUnheard();
      terminateGroup(process.terminal.pid);
      if (!(await within(process.exit, foreign?.stopMs ?? TERM_MS))) await process.release();
      await exited;
    },
  };
}

async function waitReady(
  { portFile, stepsFile, token }: BackendProcess,
  host: string,
  finish: (step: StepName, at?: number) => void,
  signal: AbortSignal,
): Promise<Ready> {
  while (!signal.aborted) {
    for (const { name, at } of await reportedSteps(stepsFile)) finish(name, at);
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
    // Not written yet: the backend renames the complete file into place.
    return null;
  }
}

/** Sends TERM to the whole group; on Windows, which has neither, kills the process tree. */
function terminateGroup(pid: number): void {
  if (process.platform === 'win32') {
    // The guardian finds what taskkill misses.
    execFile('taskkill', ['/PID', String(pid), '/T', '/F'], { windowsHide: true }, () => undefined);
    return;
  }
  try {
    process.kill(-pid, 'SIGTERM');
  } catch {
    // The group is already empty.
  }
}
