import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Environment } from '../paths.ts';

/**
 * The panel's end of python/guardian.py: a small process in its own session that holds a pipe to us. When the pipe
 * ends, by close() or because we died, it kills everything that carries the marker in its environment.
 */
export interface Guardian {
  readonly pid: number;
  /** Resolves when the guardian is through; tells a line per process that it could not end. */
  close(): Promise<string[]>;
}

/** Longer than the guardian's own ten seconds of trying. */
const PATIENCE_MS = 15_000;
const RESPAWNS = 5;

export async function startGuardian(options: {
  python: string;
  script: string;
  marker: string;
  env: Environment;
}): Promise<Guardian> {
  let child = await launch(options);
  let closing = false;
  let respawns = 0;

  // Something killed the guardian while its ward lives (the kernel's killer, a person): the ward gets a new one.
  const watch = (watched: ChildProcess) =>
    watched.once('exit', async () => {
      if (closing || respawns >= RESPAWNS) return;
      respawns += 1;
      try {
        child = await launch(options);
        if (closing) child.stdin?.end();
        else watch(child);
      } catch {
        // No process can be made at this moment: the backend's own watch of its parent is the second line.
      }
    });
  watch(child);

  return {
    get pid() {
      return child.pid ?? -1;
    },
    async close() {
      closing = true;
      const lines = await finish(child);
      // A guardian that was killed did not do its work: another one does, and sees its pipe end at once.
      return lines ?? (await finish(await launch(options))) ?? ['The guardian could not finish.'];
    },
  };
}

async function launch(options: { python: string; script: string; marker: string; env: Environment }) {
  const { HEADROOM_MARKER: _, ...env } = options.env;
  const child = spawn(options.python, ['-I', '-S', options.script, options.marker], {
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
    env,
  });
  // A guardian that is gone already: its 'exit' tells more than the broken pipe does.
  child.stdin.on('error', () => undefined);
  await once(child, 'spawn');
  return child;
}

/** Ends the pipe and waits. Lines where processes survive, none where all is well, null where it was cut short. */
async function finish(child: ChildProcess): Promise<string[] | null> {
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-10_000);
    });
  }
  const timer = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
  try {
    child.stdin?.end();
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  } finally {
    clearTimeout(timer);
  }
  if (child.exitCode === 0) return [];
  if (child.exitCode === null) return null;
  const lines = said.split('\n').filter((line) => line.trim() !== '');
  return lines.length > 0 ? lines : [`The guardian ended with exit code ${child.exitCode}.`];
}
