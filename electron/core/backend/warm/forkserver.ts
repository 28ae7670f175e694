import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { parseJson } from '../../base/index.ts';
import { type Guardian, startGuardian } from '../launch/guardian.ts';
import type { ProcessOptions } from '../launch/process.ts';

/** One parent as it is now; null where there is none and none is wanted. `rssMiB` of RAM. */
export interface WarmParent {
  state: 'warming' | 'warm' | 'failed';
  rssMiB: number | null;
  /** How long its imports took. */
  seconds: number | null;
  message: string | null;
}

export interface Forkserver {
  /** The socket on which it is asked; nobody listens there while none is warm. */
  path: string;
  /** Starts it, or lets it go. */
  keep(on: boolean): void;
  stop(): Promise<void>;
}

/** What python/lbs/forkserver prints. */
const toldSchema = z.object({
  state: z.enum(['warming', 'warm', 'failed']),
  seconds: z.number(),
  rss: z.number(),
  message: z.string().optional(),
});

/** sockaddr_un has room for 108 bytes. */
const LONGEST_PATH = 100;
const STALE = 3;
const AGAIN_MS = 1_000;
const FAILED_AGAIN_MS = 60_000;

/** The parent from which servers, or workers, are forked; replaced when it is out of date. */
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
  const tell = (parent: Pick<WarmParent, 'state'> & Partial<WarmParent>) =>
    onState({ rssMiB: null, seconds: null, message: null, ...parent });

  const start = async () => {
    clearTimeout(timer);
    if (running || !wanted) return;
    if (Buffer.byteLength(path) > LONGEST_PATH)
      return tell({ state: 'failed', message: `The data folder's path is too long for a socket: ${path}.` });
    running = await begin().catch((error: Error) => {
      failed(error.message);
      return null;
    });
    // Asked to stop while it was being started.
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
    let said = '';
    child.stdin.on('error', () => undefined);
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-2_000);
    });
    createInterface({ input: child.stdout }).on('line', (line) => {
      const told = toldSchema.safeParse(parseJson(line));
      if (!told.success) return;
      const { state, seconds, rss, message } = told.data;
      tell({ state, seconds, rssMiB: Math.round(rss / 2 ** 20), message: message ?? null });
    });
    const gone = new Promise<void>((resolve) => {
      child.once('error', (error) => over(null, error.message, resolve));
      child.once('close', (code) => over(code, said, resolve));
    });
    const over = async (code: number | null, why: string, resolve: () => void) => {
      await guardian.release();
      running = null;
      if (!wanted) onState(null);
      else if (code === STALE) again(AGAIN_MS, { state: 'warming' });
      else failed(why.trim().split('\n').at(-1) || `It ended with exit code ${code ?? '?'}.`);
      resolve();
    };
    return { guardian, gone };
  };
  const failed = (message: string) => again(FAILED_AGAIN_MS, { state: 'failed', message });
  const again = (ms: number, parent: Parameters<typeof tell>[0]) => {
    tell(parent);
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
