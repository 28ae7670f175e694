import { type ChildProcess, spawn } from 'node:child_process';
import type { Environment } from '../../base/index.ts';

export interface Guardian {
  /** Everything that carries the marker is killed; resolves when nothing is left, with a line for what would not go. */
  release(): Promise<string[]>;
}

export interface GuardianOptions {
  python: string;
  script: string;
  marker: string;
  /** Its own: what a program is started with could keep a Python from running. */
  env: Environment;
}

/** Longer than the ten seconds for which the guardian itself tries. */
const PATIENCE_MS = 15_000;
const REPLACEMENTS = 5;

/**
 * Started before the backend. It holds our pipe: when that ends, because we closed it or were killed, it ends what
 * carries the marker. Its own environment has none, and its own session keeps a terminal's signals away from it.
 */
export async function startGuardian(options: GuardianOptions): Promise<Guardian> {
  let present = await spawnGuardian(options);
  let released: Promise<string[]> | null = null;
  let replaced = 0;

  // Somebody killed it while what it watches lives on (a person, the kernel for want of memory): another takes over.
  const keep = (one: Spawned) =>
    void one.ended.then(async () => {
      if (released || replaced >= REPLACEMENTS) return;
      replaced += 1;
      const next = await spawnGuardian(options).catch(() => null);
      if (!next) return;
      present = next;
      if (released) next.child.stdin?.end();
      else keep(next);
    });
  keep(present);

  const release = async () => {
    const lines = await finish(present);
    if (lines) return lines;
    // That one was killed before its work was done: a new one finds its pipe at the end at once.
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
  /** Resolves with the exit code, null where a signal ended it, and what it printed. */
  ended: Promise<{ code: number | null; said: string }>;
}

async function spawnGuardian({ python, script, marker, env: whole }: GuardianOptions): Promise<Spawned> {
  const { HEADROOM_MARKER: _, ...env } = whole;
  const child = spawn(python, ['-I', '-S', script, marker], {
    env,
    detached: true,
    stdio: ['pipe', 'pipe', 'ignore'],
    windowsHide: true,
  });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  // The pipe breaks where the guardian was killed by somebody else: its exit says so.
  child.stdin.on('error', () => undefined);
  const ended = new Promise<{ code: number | null; said: string }>((resolve) => {
    child.on('close', (code) => resolve({ code, said }));
  });
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', reject);
  });
  return { child, ended };
}

/** Ends the pipe and waits; a line for each survivor, or null where the guardian was cut short. */
async function finish({ child, ended }: Spawned): Promise<string[] | null> {
  const timer = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
  child.stdin?.end();
  const { code, said } = await ended;
  clearTimeout(timer);
  if (code === null) return null;
  const lines = said.split('\n').filter(Boolean);
  return code === 0 || lines.length > 0 ? lines : [`the guardian ended with exit code ${code}`];
}
