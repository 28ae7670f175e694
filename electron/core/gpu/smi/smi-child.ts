import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import type { SmiCommand } from '../types.ts';

export interface Ending {
  /** Null where a signal ended it, or it could not be started. */
  exitCode: number | null;
  signal: NodeJS.Signals | null;
  /** Why it could not be started. */
  error: NodeJS.ErrnoException | null;
  /** The end of its stderr: nvidia-smi writes nothing there, but a wrapper or an interpreter may. */
  stderr: string;
}

interface SmiChild {
  /** Undefined where it could not be started. */
  pid: number | undefined;
  /** Resolves when it and its own children have exited. Never rejects. */
  exited: Promise<Ending>;
  /** The end of its stderr so far. */
  stderr(): string;
  /** Sends TERM, then KILL a second later, and stops waiting after three more seconds. */
  end(): void;
  kill(): void;
}

const TERM_MS = 1_000;
const ABANDON_MS = 3_000;
const STDERR_CHARS = 4_000;
/** Its own session, so that a wrapper's children end with it. */
const detached = process.platform !== 'win32';

/** Starts nvidia-smi with these arguments; its stdout always drains into `onText`. Never throws. */
export function startSmi(smi: SmiCommand, args: readonly string[], onText: (text: string) => void): SmiChild {
  try {
    const stdio: ['ignore', 'pipe', 'pipe'] = ['ignore', 'pipe', 'pipe'];
    const options = { env: smi.env, stdio, detached, windowsHide: true };
    return watched(spawn(smi.command, [...smi.args, ...args], options), onText);
  } catch (error) {
    // Node throws at once where the file is not a program, instead of emitting the event.
    const exited = Promise.resolve({ exitCode: null, signal: null, error: error as NodeJS.ErrnoException, stderr: '' });
    return { pid: undefined, exited, stderr: () => '', end: () => undefined, kill: () => undefined };
  }
}

function watched(child: ChildProcessByStdio<null, Readable, Readable>, onText: (text: string) => void): SmiChild {
  let stderr = '';
  let over = false;
  let finish: (ending: Ending) => void = () => undefined;
  const exited = new Promise<Ending>((resolve) => {
    finish = (ending) => {
      over = true;
      resolve(ending);
    };
  });
  const signalAll = (signal: NodeJS.Signals) => {
    if (!over) signalGroup(child, signal);
  };
  child.stdout.setEncoding('utf8').on('data', onText);
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-STDERR_CHARS);
  });
  child.on('error', (error) => finish({ exitCode: null, signal: null, error, stderr }));
  // Surviving children would keep the pipes open.
  child.on('exit', () => signalAll('SIGKILL'));
  child.on('close', (exitCode, signal) => finish({ exitCode, signal, error: null, stderr }));

  const abandon = () => {
    if (over) return;
    // It hangs in the driver, where no signal reaches it: the panel must still be able to quit.
    child.unref();
    child.stdout.destroy();
    child.stderr.destroy();
    finish({ exitCode: null, signal: 'SIGKILL', error: null, stderr });
  };
  return {
    pid: child.pid,
    exited,
    stderr: () => stderr,
    kill: () => signalAll('SIGKILL'),
    end() {
      signalAll('SIGTERM');
      const kill = setTimeout(() => signalAll('SIGKILL'), TERM_MS);
      const stopWaiting = setTimeout(abandon, TERM_MS + ABANDON_MS);
      void exited.then(() => {
        clearTimeout(kill);
        clearTimeout(stopWaiting);
      });
    },
  };
}

function signalGroup(child: { pid?: number; kill(signal: NodeJS.Signals): boolean }, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    if (detached) process.kill(-child.pid, signal);
    else child.kill(signal);
  } catch (error) {
    // The group is already empty.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') child.kill(signal);
  }
}
