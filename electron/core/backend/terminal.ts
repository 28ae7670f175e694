import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';
import type { IPty } from 'node-pty';

export interface TerminalExit {
  exitCode: number | null;
  signal: string | null;
}

/** A process and what it prints, in a pseudo-terminal or on pipes; leader of its own session and group. */
export interface Terminal {
  readonly pid: number;
  readonly exited: Promise<TerminalExit>;
}

export interface TerminalOptions {
  command: string;
  args: readonly string[];
  cwd: string;
  /** Complete: nothing is inherited beside it. */
  env: Record<string, string>;
  onData: (text: string) => void;
}

type NodePty = typeof import('node-pty');

/** node-pty, or null where it was not installed or could not be built: then pipes do. */
export async function loadPty(): Promise<NodePty | null> {
  try {
    const loaded = (await import('node-pty')) as NodePty & { default?: NodePty };
    return loaded.default ?? loaded;
  } catch {
    return null;
  }
}

const nameOfSignal = (number: number | undefined) =>
  number ? (Object.entries(constants.signals).find(([, value]) => value === number)?.[0] ?? `signal ${number}`) : null;

export function openPty(pty: NodePty, options: TerminalOptions): Terminal {
  const { command, args, cwd, env, onData } = options;
  const child: IPty = pty.spawn(command, [...args], { name: 'xterm-256color', cols: 120, rows: 30, cwd, env });
  child.onData(onData);
  const exited = new Promise<TerminalExit>((resolve) =>
    child.onExit(({ exitCode, signal }) => {
      const name = nameOfSignal(signal);
      resolve({ exitCode: name === null ? exitCode : null, signal: name });
    }),
  );
  return { pid: child.pid, exited };
}

/** Fails where the process cannot be made. Lines end as a terminal wants them. */
export async function openPipes(options: TerminalOptions): Promise<Terminal> {
  const { command, args, cwd, env, onData } = options;
  const child = spawn(command, [...args], { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  await spawned(child);
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => onData(text.replaceAll(/\r?\n/g, '\r\n')));
  }
  const exited = new Promise<TerminalExit>((resolve) => {
    const done = () => resolve({ exitCode: child.exitCode, signal: child.signalCode });
    // 'close' comes after the last output, but not while a grandchild holds the pipe: then 'exit' must do.
    child.once('close', done);
    child.once('exit', () => setTimeout(done, 200));
  });
  return { pid: child.pid ?? -1, exited };
}

const spawned = (child: ChildProcess) =>
  new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', reject);
  });
