import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { constants } from 'node:os';
import type * as Pty from 'node-pty';

export interface Terminal {
  kind: 'pty' | 'pipe';
  pid: number;
}

export interface TerminalOptions {
  command: string;
  args: string[];
  cwd: string;
  env: Record<string, string>;
  onData(text: string): void;
  /** Once, after the last data. */
  onExit(exitCode: number | null, signal: string | null): void;
}

const COLUMNS = 120;
const ROWS = 30;
/** How long output may follow the exit of the process that wrote it. */
const LAST_OUTPUT_MS = 200;

/** node-pty is optional: where it could not be built the backend runs on pipes. Loaded when first needed. */
export function loadPty(): typeof Pty | null {
  try {
    return createRequire(__filename)('node-pty') as typeof Pty;
  } catch {
    // Not installed, or no compiler was there: state.backend.terminal tells the person.
    return null;
  }
}

/** Starts a program as the leader of its own process group. Fails where it cannot be started at all. */
export async function startTerminal(options: TerminalOptions, pty = loadPty()): Promise<Terminal> {
  try {
    if (pty) return inPty(pty, options);
  } catch {
    // No pseudo-terminal is to be had here (a container without /dev/pts): pipes do.
  }
  return onPipes(options);
}

function inPty(pty: typeof Pty, { command, args, cwd, env, onData, onExit }: TerminalOptions): Terminal {
  const process = pty.spawn(command, args, { cwd, env, name: 'xterm-256color', cols: COLUMNS, rows: ROWS });
  process.onData(onData);
  process.onExit(({ exitCode, signal }) => onExit(signal ? null : exitCode, signal ? signalName(signal) : null));
  return { kind: 'pty', pid: process.pid };
}

function onPipes({ command, args, cwd, env, onData, onExit }: TerminalOptions): Promise<Terminal> {
  const child = spawn(command, args, {
    cwd,
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    windowsHide: true,
  });
  for (const stream of [child.stdout, child.stderr]) {
    // A terminal wants both: without the carriage return every line would begin where the last one ended.
    stream.setEncoding('utf8').on('data', (text: string) => onData(text.replaceAll(/\r?\n/g, '\r\n')));
  }
  let told = false;
  const exit = () => {
    if (!told) onExit(child.exitCode, child.signalCode);
    told = true;
  };
  child.once('close', exit);
  // A child that inherited the pipes and lives on keeps 'close' away: the leader's exit counts all the same.
  child.once('exit', () => setTimeout(exit, LAST_OUTPUT_MS));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('spawn', () => resolve({ kind: 'pipe', pid: child.pid ?? 0 }));
  });
}

const signalName = (number: number) =>
  Object.entries(constants.signals).find(([, value]) => value === number)?.[0] ?? `signal ${number}`;
