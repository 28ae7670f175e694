import { createHash } from 'node:crypto';
import { mkdir, rm, stat } from 'node:fs/promises';
import { createConnection, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { PanelError } from '#contract';

/** Who keeps this data folder: `url` with its token where a browser can open it; both null for one that does not answer. */
const keeperSchema = z.object({ pid: z.number().int().nullable(), url: z.string().nullable() });
export type Keeper = z.infer<typeof keeperSchema>;

/** Ours until the process ends, however it ends. */
export interface Claim {
  /** What another panel is told that asks for the same folder. */
  tell(url: string): void;
  release(): Promise<void>;
}

/** sockaddr_un has room for 108 bytes. */
const LONGEST_PATH = 100;
const TRIES = 50;
const LOOK_MS = 20;
const LOCK_MS = 5_000;
const ANSWER_MS = 2_000;

/**
 * Two panels on one data folder would each start a backend on the same results: the second is told who was first. A
 * socket and not a file, since nobody has to clean up after a panel that was killed. `keeper` is set where it is taken.
 */
export async function claimFolder(
  folder: string,
  platform: NodeJS.Platform,
): Promise<{ claim: Claim; keeper: null } | { claim: null; keeper: Keeper }> {
  const path = await addressOf(folder, platform);
  // Where no socket can have this name nobody else has one either: better two panels than none.
  if (path === null) return { claim: freeClaim, keeper: null };
  // Again and again: one that was killed left its name behind, and somebody may be quicker than we are to take it.
  for (let tries = 0; tries < TRIES; tries += 1) {
    const claim = await listen(path);
    if (claim) return { claim, keeper: null };
    const keeper = (await ask(path)) ?? (platform === 'win32' ? null : await takeAway(path));
    if (keeper) return { claim: null, keeper };
  }
  return { claim: null, keeper: silent };
}

/** What a panel says that cannot show the one that runs. */
export const runsAlready = (pid: number | null) =>
  new PanelError(
    'busy',
    pid === null
      ? 'Headroom runs already with this data folder, and does not answer: end it, or name another with HEADROOM_HOME.'
      : `Headroom runs already with this data folder (process ${pid}): use that one, or end it first.`,
  );

async function addressOf(folder: string, platform: NodeJS.Platform): Promise<string | null> {
  if (platform === 'win32')
    return `\\\\.\\pipe\\headroom-${createHash('sha256').update(folder.toLowerCase()).digest('hex').slice(0, 32)}`;
  const run = join(folder, 'run');
  await mkdir(run, { recursive: true, mode: 0o700 });
  const path = join(run, 'panel.sock');
  return Buffer.byteLength(path) > LONGEST_PATH ? null : path;
}

/**
 * Removes a name that nobody answers under. One at a time, and asked again inside: otherwise two that saw the same dead
 * name could each take the other's new one away.
 */
async function takeAway(path: string): Promise<Keeper | null> {
  const lock = `${path}.lock`;
  try {
    await mkdir(lock);
  } catch {
    // Another one is at it; a lock that was left by a crash goes after a while.
    const since = await stat(lock).then(
      ({ mtimeMs }) => mtimeMs,
      () => Date.now(),
    );
    if (Date.now() - since > LOCK_MS) await rm(lock, { recursive: true, force: true });
    await sleep(LOOK_MS);
    return null;
  }
  try {
    // Nobody but the holder of the lock removes it, so that what is dead now stays so.
    const dead = await stat(path).then(
      () => true,
      () => false,
    );
    const keeper = await ask(path);
    if (dead && !keeper) await rm(path, { force: true });
    return keeper;
  } finally {
    await rm(lock, { recursive: true, force: true });
  }
}

/** It lives, since somebody took the connection; a name that is dead refuses it at once. */
const silent: Keeper = { pid: null, url: null };

const freeClaim: Claim = { tell: () => undefined, release: async () => undefined };

function listen(path: string): Promise<Claim | null> {
  let url: string | null = null;
  const server: Server = createServer((asking) => {
    asking.on('error', () => undefined);
    asking.end(JSON.stringify({ pid: process.pid, url } satisfies Keeper));
  });
  // It alone never keeps the process alive.
  server.unref();
  return new Promise((resolve) => {
    server.once('error', () => resolve(null));
    server.listen(path, () =>
      resolve({
        tell: (told) => {
          url = told;
        },
        release: () => new Promise((done) => server.close(() => done())),
      }),
    );
  });
}

/** Null where nobody answers: the name is all that is left of it. */
function ask(path: string): Promise<Keeper | null> {
  return new Promise((resolve) => {
    let text = '';
    const line = createConnection(path);
    line.setTimeout(ANSWER_MS, () => {
      resolve(silent);
      line.destroy();
    });
    line.setEncoding('utf8').on('data', (more: string) => {
      text += more;
    });
    line.on('error', () => resolve(null));
    line.on('close', () => resolve(parse(text)));
  });
}

function parse(text: string): Keeper | null {
  try {
    return keeperSchema.parse(JSON.parse(text));
  } catch {
    return null;
  }
}
