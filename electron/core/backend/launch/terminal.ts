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
  /** A promise makes the terminal wait: the program blocks as soon as the system's small buffer is full. */
  onData(text: string): Promise<void> | undefined;
  /** Once, after the last data. */
  onExit(exitCode: number | null, signal: string | null): void;
}

const ROWS = 30;
/** How often a terminal that waits looks whether its program is still there. */
const LOOK_MS = 50;
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
  const terminal = pty.spawn(command, args, { cwd, env, name: 'xterm-256color', cols: TERMINAL_COLUMNS, rows: ROWS });
  terminal.onData((text) => holdUp(terminal, terminal.pid, onData(text)));
  atItsEnd(terminal, onData);
  terminal.onExit(({ exitCode, signal }) => onExit(signal ? null : exitCode, signal ? signalName(signal) : null));
  return { kind: 'pty', pid: terminal.pid };
}

/**
 * When the last process on a pty is gone, libuv takes a read that came back short for the end, although the system may
 * hold kilobytes more (https://github.com/microsoft/node-pty/issues/85): the lines that say why the program ended.
 * They are read here, while the file is still open. Neither `on` nor `fd` is in node-pty's types; both are public.
 */
function atItsEnd(terminal: Pty.IPty, onData: (text: string) => unknown): void {
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
    // EIO: that was all.
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
    // A terminal wants both: without the carriage return every line would begin where the last one ended.
    stream
      .setEncoding('utf8')
      .on('data', (text: string) => holdUp(stream, child.pid ?? 0, onData(text.replaceAll(/\r?\n/g, '\r\n'))));
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

/**
 * Reads no more until there is room, or until the program is gone: what it said last, which says why, is at most what
 * the system's buffer holds, and node-pty throws it away where it is not read within 200 ms.
 */
function holdUp(source: { pause(): void; resume(): void }, pid: number, room: Promise<void> | undefined): void {
  if (!room || !isAlive(pid)) return;
  const goOn = () => {
    clearInterval(look);
    source.resume();
  };
  source.pause();
  const look = setInterval(() => isAlive(pid) || goOn(), LOOK_MS);
  void room.then(goOn);
}

/** A pid may be another's by now: then a terminal waits longer than it needs, and nothing else. */
function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

const signalName = (number: number) =>
  Object.entries(constants.signals).find(([, value]) => value === number)?.[0] ?? `signal ${number}`;
