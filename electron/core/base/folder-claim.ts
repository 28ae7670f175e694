import { createHash } from 'node:crypto';
import { mkdir, rm, stat } from 'node:fs/promises';
import { createConnection, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { PanelError } from '#contract';
import { say } from './sentences.ts';

/** The panel that holds this data folder: `url` with its token where a browser can open it; both null for one that does not answer. */
const holderSchema = z.object({ pid: z.number().int().nullable(), url: z.string().nullable() });
export type Holder = z.infer<typeof holderSchema>;

/** Held until the process exits, however it exits. */
interface Claim {
  /** Sets the address that a second panel on the same folder is given. */
  publish(url: string): void;
  release(): Promise<void>;
}

/** sockaddr_un has room for 108 bytes. */
const LONGEST_PATH = 100;
const TRIES = 50;
const RETRY_MS = 20;
const LOCK_MS = 5_000;
const ANSWER_MS = 2_000;

/**
 * Two panels on one data folder would each start a backend on the same results: the second one gets the holder instead of
 * a claim. A socket, not a lock file: a panel that was killed leaves nothing that blocks the next one.
 */
export async function claimFolder(
  folder: string,
  platform: NodeJS.Platform,
): Promise<{ claim: Claim; holder: null } | { claim: null; holder: Holder }> {
  const path = await addressOf(folder, platform);
  // No panel can open a socket with so long a path: better two panels than none.
  if (path === null) return { claim: freeClaim, holder: null };
  // Repeated: a killed panel leaves its socket file behind, and another panel may replace it first.
  for (let tries = 0; tries < TRIES; tries += 1) {
    const claim = await listen(path);
    if (claim) return { claim, holder: null };
    const holder = (await ask(path)) ?? (platform === 'win32' ? null : await removeDead(path));
    if (holder) return { claim: null, holder };
  }
  return { claim: null, holder: silent };
}

/** The error of a panel that cannot open the one that is already running. */
export const alreadyRunning = (pid: number | null) =>
  new PanelError('busy', pid === null ? say('alreadyRunningSilent') : say('alreadyRunning', { pid }));

async function addressOf(folder: string, platform: NodeJS.Platform): Promise<string | null> {
  if (platform === 'win32')
    return `\\\\.\\pipe\\headroom-${createHash('sha256').update(folder.toLowerCase()).digest('hex').slice(0, 32)}`;
  const run = join(folder, 'run');
  await mkdir(run, { recursive: true, mode: 0o700 });
  const path = join(run, 'panel.sock');
  return Buffer.byteLength(path) > LONGEST_PATH ? null : path;
}

/**
 * Removes a socket file that no panel answers on. Under a lock, and checked again inside it: otherwise two panels that saw
 * the same dead socket could each remove the other's new one.
 */
async function removeDead(path: string): Promise<Holder | null> {
  const lock = `${path}.lock`;
  try {
    await mkdir(lock);
  } catch {
    // Another panel holds the lock; one that a crash left behind expires.
    const since = await stat(lock).then(
      ({ mtimeMs }) => mtimeMs,
      () => Date.now(),
    );
    if (Date.now() - since > LOCK_MS) await rm(lock, { recursive: true, force: true });
    await sleep(RETRY_MS);
    return null;
  }
  try {
    // Only the owner of the lock removes the socket file, so a dead one stays dead.
    const dead = await stat(path).then(
      () => true,
      () => false,
    );
    const holder = await ask(path);
    if (dead && !holder) await rm(path, { force: true });
    return holder;
  } finally {
    await rm(lock, { recursive: true, force: true });
  }
}

/** A process accepted the connection but did not answer: a dead socket refuses it at once. */
const silent: Holder = { pid: null, url: null };

const freeClaim: Claim = { publish: () => undefined, release: async () => undefined };

function listen(path: string): Promise<Claim | null> {
  let url: string | null = null;
  const server: Server = createServer((client) => {
    client.on('error', () => undefined);
    client.end(JSON.stringify({ pid: process.pid, url } satisfies Holder));
  });
  // The socket alone does not keep the process alive.
  server.unref();
  return new Promise((resolve) => {
    server.once('error', () => resolve(null));
    server.listen(path, () =>
      resolve({
        publish: (address) => {
          url = address;
        },
        release: () => new Promise((done) => server.close(() => done())),
      }),
    );
  });
}

/** Null where no process answers: only the socket file is left. */
function ask(path: string): Promise<Holder | null> {
  return new Promise((resolve) => {
    let text = '';
    const connection = createConnection(path);
    connection.setTimeout(ANSWER_MS, () => {
      resolve(silent);
      connection.destroy();
    });
    connection.setEncoding('utf8').on('data', (more: string) => {
      text += more;
    });
    connection.on('error', () => resolve(null));
    connection.on('close', () => resolve(parse(text)));
  });
}

function parse(text: string): Holder | null {
  try {
    return holderSchema.parse(JSON.parse(text));
  } catch {
    return null;
  }
}
