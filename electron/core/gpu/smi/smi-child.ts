import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import type { SmiCommand } from '../types.ts';

export interface Ending {
  /** Null where a signal ended it, or it could not be started. */
  exitCode: number | null;
  signal: NodeJS.Signals | null;
  /** Why it could not be started. */
  error: NodeJS.ErrnoException | null;
  /** The end of its stderr: nvidia-smi says nothing there, a wrapper or an interpreter in its place does. */
  stderr: string;
}

export interface SmiChild {
  /** Undefined where it could not be started. */
  pid: number | undefined;
  /** Resolves when it is gone, its own children included. Never rejects. */
  gone: Promise<Ending>;
  /** Asks it to end, kills it a second later, and after three more waits no longer. */
  end(): void;
  kill(): void;
}

const TERM_MS = 1_000;
const ABANDON_MS = 3_000;
const STDERR_CHARS = 4_000;
/** A session of its own, so that a wrapper's children end with it. */
const detached = process.platform !== 'win32';

/** Starts nvidia-smi with these words; its stdout is always drained into `onText`. Never throws. */
export function startSmi(smi: SmiCommand, words: readonly string[], onText: (text: string) => void): SmiChild {
  try {
    const stdio: ['ignore', 'pipe', 'pipe'] = ['ignore', 'pipe', 'pipe'];
    const options = { env: smi.env, stdio, detached, windowsHide: true };
    return watched(spawn(smi.command, [...smi.args, ...words], options), onText);
  } catch (error) {
    // Node throws at once where the file is no program at all, instead of telling through the event.
    const gone = Promise.resolve({ exitCode: null, signal: null, error: error as NodeJS.ErrnoException, stderr: '' });
    return { pid: undefined, gone, end: () => undefined, kill: () => undefined };
  }
}

function watched(child: ChildProcessByStdio<null, Readable, Readable>, onText: (text: string) => void): SmiChild {
  let stderr = '';
  let over = false;
  let leave: (ending: Ending) => void = () => undefined;
  const gone = new Promise<Ending>((resolve) => {
    leave = (ending) => {
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
  child.on('error', (error) => leave({ exitCode: null, signal: null, error, stderr }));
  // What its leader left behind would keep the pipes open.
  child.on('exit', () => signalAll('SIGKILL'));
  child.on('close', (exitCode, signal) => leave({ exitCode, signal, error: null, stderr }));

  const abandon = () => {
    if (over) return;
    // Asleep in the driver, where no signal reaches it: the panel must be able to quit all the same.
    child.unref();
    child.stdout.destroy();
    child.stderr.destroy();
    leave({ exitCode: null, signal: 'SIGKILL', error: null, stderr });
  };
  return {
    pid: child.pid,
    gone,
    kill: () => signalAll('SIGKILL'),
    end() {
      signalAll('SIGTERM');
      const kill = setTimeout(() => signalAll('SIGKILL'), TERM_MS);
      const giveUp = setTimeout(abandon, TERM_MS + ABANDON_MS);
      void gone.then(() => {
        clearTimeout(kill);
        clearTimeout(giveUp);
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
    // Nobody is left in the group, which is what was asked for.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') child.kill(signal);
  }
}
