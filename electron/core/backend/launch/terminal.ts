import { spawn } from 'node:child_process';
import { readSync } from 'node:fs';
import { createRequire } from 'node:module';
import { constants } from 'node:os';
import type * as Pty from 'node-pty';
import { TERMINAL_COLUMNS } from '#contract';

export interface Terminal {
  kind: 'pty' | 'pipe';
  pid: number;
}

export interface TerminalOptions {
  command: string;
  args: string[];
  cwd: string;
  env: Record<string, string>;
  /** Returns a promise to pause the terminal: the program blocks once the system's small buffer is full. */
  onData(text: string): Promise<void> | undefined;
  /** Called once, after the last data. */
  onExit(exitCode: number | null, signal: string | null): void;
}

const ROWS = 30;
/** How often a paused terminal checks whether its program still runs. */
const CHECK_MS = 50;
/** How long output may arrive after the exit of its process. */
const LAST_OUTPUT_MS = 200;

/** node-pty is optional: where it could not be built the backend runs on pipes. Loaded when first needed. */
export function loadPty(): typeof Pty | null {
  try {
    return createRequire(__filename)('node-pty') as typeof Pty;
  } catch {
    // Not installed, or there was no compiler: state.backend.terminal shows it.
    return null;
  }
}

/** Starts a program as the leader of its own process group. Throws where it cannot be started at all. */
export async function startTerminal(options: TerminalOptions, pty = loadPty()): Promise<Terminal> {
  try {
    if (pty) return inPty(pty, options);
  } catch {
    // No pseudo-terminal is available (a container without /dev/pts): use pipes.
  }
  return onPipes(options);
}

function inPty(pty: typeof Pty, { command, args, cwd, env, onData, onExit }: TerminalOptions): Terminal {
  const terminal = pty.spawn(command, args, { cwd, env, name: 'xterm-256color', cols: TERMINAL_COLUMNS, rows: ROWS });
  terminal.onData((text) => applyBackPressure(terminal, terminal.pid, onData(text)));
  deliverLastOutput(terminal, onData);
  terminal.onExit(({ exitCode, signal }) => onExit(signal ? null : exitCode, signal ? signalName(signal) : null));
  return { kind: 'pty', pid: terminal.pid };
}

/**
 * When the last process on a pty has exited, libuv takes a short read for the end, although the system may hold kilobytes
 * more (https://github.com/microsoft/node-pty/issues/85): the lines that say why the program exited. They are read here,
 * while the file is still open. `on` and `fd` are public, but missing from node-pty's types.
 */
function deliverLastOutput(terminal: Pty.IPty, onData: (text: string) => unknown): void {
  if (process.platform !== 'linux') return;
  if (!('fd' in terminal && typeof terminal.fd === 'number')) return;
  if (!('on' in terminal && typeof terminal.on === 'function')) return;
  const { fd } = terminal;
  terminal.on('end', () => {
    const rest = readRest(fd).toString('utf8');
    if (rest) onData(rest);
  });
}

function readRest(fd: number): Buffer {
  const read: Buffer[] = [];
  try {
    for (;;) {
      const piece = Buffer.alloc(65_536);
      const length = readSync(fd, piece);
      if (length === 0) break;
      read.push(piece.subarray(0, length));
    }
  } catch {
    // EIO: the end.
  }
  return Buffer.concat(read);
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
    // A terminal needs both: without the carriage return each line would start where the last one ended.
    stream
      .setEncoding('utf8')
      .on('data', (text: string) =>
        applyBackPressure(stream, child.pid ?? 0, onData(text.replaceAll(/\r?\n/g, '\r\n'))),
      );
  }
  let reported = false;
  const exit = () => {
    if (!reported) onExit(child.exitCode, child.signalCode);
    reported = true;
  };
  child.once('close', exit);
  // A surviving child that inherited the pipes delays 'close': the leader's exit counts anyway.
  child.once('exit', () => setTimeout(exit, LAST_OUTPUT_MS));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('spawn', () => resolve({ kind: 'pipe', pid: child.pid ?? 0 }));
  });
}

/**
 * Pauses reading until there is room, or until the program has exited: its last output, which says why, fits into the
 * system's buffer, and node-pty discards it where it is not read within 200 ms.
 */
function applyBackPressure(
  source: { pause(): void; resume(): void },
  pid: number,
  room: Promise<void> | undefined,
): void {
  if (!room || !isAlive(pid)) return;
  const resume = () => {
    clearInterval(check);
    source.resume();
  };
  source.pause();
  const check = setInterval(() => isAlive(pid) || resume(), CHECK_MS);
  void room.then(resume);
}

/** A reused pid only makes a terminal wait longer than necessary. */
function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

const signalName = (number: number) =>
  Object.entries(constants.signals).find(([, value]) => value === number)?.[0] ?? `signal ${number}`;
