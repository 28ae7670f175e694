import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { type Sentence, verbatim } from '#contract';
import { parseJson } from '../../base/index.ts';
import { type Guardian, startGuardian } from '../launch/guardian.ts';
import type { ProcessOptions } from '../launch/process.ts';
import { say } from '../sentences.ts';

/** The state of one warm parent; null where none is wanted. `rssMiB` is its RAM. */
export interface WarmParent {
  state: 'warming' | 'warm' | 'failed';
  rssMiB: number | null;
  /** The duration of its imports. */
  seconds: number | null;
  /** Why it failed, where that is known. */
  sentence: Sentence | null;
}

interface Forkserver {
  /** The socket that takes fork requests; no process listens there until the parent is warm. */
  path: string;
  /** Starts or stops the parent. */
  keep(on: boolean): void;
  stop(): Promise<void>;
}

/** The output of python/lbs/forkserver. */
const reportSchema = z.object({
  state: z.enum(['warming', 'warm', 'failed']),
  seconds: z.number(),
  rss: z.number(),
  message: z.string().optional(),
});

/** sockaddr_un has room for 108 bytes. */
const MAX_PATH_BYTES = 100;
/** Its exit code where its code is out of date. */
const OUTDATED = 3;
const RESTART_MS = 1_000;
const RETRY_FAILED_MS = 60_000;

/** Keeps the warm parent from which servers, or workers, are forked; replaces it when it is out of date. */
export function createForkserver(
  kind: 'server' | 'worker',
  options: () => ProcessOptions,
  onState: (parent: WarmParent | null) => void,
): Forkserver {
  const { runFolder } = options();
  const path = join(runFolder, `${kind}-${randomBytes(4).toString('hex')}.sock`);
  let wanted = false;
  let running: { guardian: Guardian; gone: Promise<void> } | null = null;
  let timer: NodeJS.Timeout | undefined;
  const report = (parent: Pick<WarmParent, 'state'> & Partial<WarmParent>) =>
    onState({ rssMiB: null, seconds: null, sentence: null, ...parent });

  const start = async () => {
    clearTimeout(timer);
    if (running || !wanted) return;
    if (Buffer.byteLength(path) > MAX_PATH_BYTES)
      return report({ state: 'failed', sentence: say('socketPathTooLong', { path }) });
    running = await begin().catch((error: Error) => {
      failed(verbatim(error.message));
      return null;
    });
    // A stop was requested while it started.
    if (!wanted) await end();
  };
  const begin = async () => {
    const { command: python, folder, env, guardian: about } = options();
    const marker = randomBytes(16).toString('hex');
    await mkdir(runFolder, { recursive: true, mode: 0o700 });
    const guardian = await startGuardian({ ...about, marker });
    const child = spawn(python, ['-u', '-m', 'lbs.forkserver', kind, path], {
      cwd: folder,
      env: { ...env, HEADROOM_MARKER: marker },
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    let stderr = '';
    child.stdin.on('error', () => undefined);
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr = (stderr + text).slice(-2_000);
    });
    createInterface({ input: child.stdout }).on('line', (line) => {
      const parsed = reportSchema.safeParse(parseJson(line));
      if (!parsed.success) return;
      const { state, seconds, rss, message } = parsed.data;
      report({ state, seconds, rssMiB: Math.round(rss / 2 ** 20), sentence: message ? verbatim(message) : null });
    });
    const gone = new Promise<void>((resolve) => {
      child.once('error', (error) => exited(null, error.message, resolve));
      child.once('close', (code) => exited(code, stderr, resolve));
    });
    const exited = async (code: number | null, why: string, resolve: () => void) => {
      await guardian.release();
      running = null;
      if (!wanted) onState(null);
      else if (code === OUTDATED) retry(RESTART_MS, { state: 'warming' });
      else failed(lastLine(why) ?? say('warmParentExited', { code: code ?? '?' }));
      resolve();
    };
    return { guardian, gone };
  };
  const failed = (sentence: Sentence) => retry(RETRY_FAILED_MS, { state: 'failed', sentence });
  const retry = (ms: number, parent: Parameters<typeof report>[0]) => {
    report(parent);
    timer = setTimeout(() => void start(), ms);
    timer.unref();
  };
  const end = async () => {
    clearTimeout(timer);
    const now = running;
    await now?.guardian.release();
    await now?.gone;
  };

  return {
    path,
    keep(on) {
      if (on === wanted) return;
      wanted = on;
      if (on) void start();
      else void end();
    },
    async stop() {
      wanted = false;
      await end();
    },
  };
}

function lastLine(output: string): Sentence | null {
  const line = output.trim().split('\n').at(-1);
  return line ? verbatim(line) : null;
}
