import { type ChildProcess, spawn } from 'node:child_process';
import type { Environment } from '../../base/index.ts';

export interface Guardian {
  /** Kills every process with the marker; resolves when none is left, with one line for each survivor. */
  release(): Promise<string[]>;
}

export interface GuardianOptions {
  python: string;
  script: string;
  marker: string;
  /** The guardian's own environment: that of the program could break Python. */
  env: Environment;
}

/** Longer than the ten seconds for which the guardian itself tries. */
const TIMEOUT_MS = 15_000;
const REPLACEMENTS = 5;

/**
 * Starts the guardian before the backend. It reads our pipe: when the pipe closes, because we closed it or were killed,
 * it kills every process with the marker. It has no marker itself, and a session of its own shields it from terminal signals.
 */
export async function startGuardian(options: GuardianOptions): Promise<Guardian> {
  let present = await spawnGuardian(options);
  let released: Promise<string[]> | null = null;
  let replaced = 0;

  // A person or the kernel (out of memory) killed it while the backend runs: another guardian takes over.
  const replaceWhenKilled = (one: Spawned) =>
    void one.ended.then(async () => {
      if (released || replaced >= REPLACEMENTS) return;
      replaced += 1;
      const next = await spawnGuardian(options).catch(() => null);
      if (!next) return;
      present = next;
      if (released) next.child.stdin?.end();
      else replaceWhenKilled(next);
    });
  replaceWhenKilled(present);

  const release = async () => {
    const lines = await finish(present);
    if (lines) return lines;
    // That guardian was killed before it finished: the pipe of the new one closes at once.
    const second = await spawnGuardian(options).catch(() => null);
    return (second && (await finish(second))) ?? ['the guardian could not be run'];
  };
  return {
    release() {
      released ??= release();
      return released;
    },
  };
}

interface Spawned {
  child: ChildProcess;
  /** Resolves with its output and its exit code, null where a signal ended it. */
  ended: Promise<{ code: number | null; output: string }>;
}

async function spawnGuardian({ python, script, marker, env: whole }: GuardianOptions): Promise<Spawned> {
  const { HEADROOM_MARKER: _, ...env } = whole;
  const child = spawn(python, ['-I', '-S', script, marker], {
    env,
    detached: true,
    stdio: ['pipe', 'pipe', 'ignore'],
    windowsHide: true,
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  // The pipe breaks where the guardian was killed; its exit is handled below.
  child.stdin.on('error', () => undefined);
  const ended = new Promise<{ code: number | null; output: string }>((resolve) => {
    child.on('close', (code) => resolve({ code, output }));
  });
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', reject);
  });
  return { child, ended };
}

/** Closes the pipe and waits; one line for each survivor, or null where the guardian was killed. */
async function finish({ child, ended }: Spawned): Promise<string[] | null> {
  const timer = setTimeout(() => child.kill('SIGKILL'), TIMEOUT_MS);
  child.stdin?.end();
  const { code, output } = await ended;
  clearTimeout(timer);
  if (code === null) return null;
  const lines = output.split('\n').filter(Boolean);
  return code === 0 || lines.length > 0 ? lines : [`the guardian exited with code ${code}`];
}
