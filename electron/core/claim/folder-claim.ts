import { mkdir, rm, rmdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PanelError } from '#contract';
import { type Environment, restrict } from '../base/index.ts';
import { fitsSocket, isOfUser, isPrivate, makePrivate, ownRunFolder, pipeOf, standInPaths } from './claim-place.ts';
import { ask, type ClaimSocket, type Holder, listen, type Shell, silent } from './claim-socket.ts';
import { announceMachine, panelElsewhere } from './other-machine.ts';
import { say } from './sentences.ts';

/** Held until the process exits, however it exits. */
export interface Claim extends Omit<ClaimSocket, 'close'> {
  /** The folder for sockets and port files: run/ of the data folder, or its replacement; null if there is none. */
  run: string | null;
  release(): Promise<void>;
}

interface ClaimOptions {
  folder: string;
  platform: NodeJS.Platform;
  env: Environment;
  shell: Shell;
  /** How long a panel that is starting may take until it has an address. */
  startMs?: number;
}

const RETRY_MS = 20;
const TRIES_MS = 10_000;
const LOCK_MS = 5_000;
const START_MS = 30_000;
const POLL_MS = 200;
const DISK_MS = 10_000;

/**
 * Two panels on one data folder would each start a backend on the same results: the second one gets the holder instead of
 * a claim. A socket, not a lock file: a panel that was killed leaves nothing that blocks the next one. Throws a PanelError
 * where the folder's disk does not answer, and where a panel of another machine holds it.
 */
export async function claimFolder(
  options: ClaimOptions,
): Promise<{ claim: Claim; holder: null } | { claim: null; holder: Holder }> {
  const { folder, platform, shell, startMs = START_MS } = options;
  const windows = platform === 'win32';
  const own = await answered(ownRunFolder(folder), folder);
  if (own) {
    const elsewhere = windows ? null : await panelElsewhere(own);
    if (elsewhere) throw new PanelError('busy', say('runningElsewhere', { host: elsewhere.host, pid: elsewhere.pid }));
  }
  const until = Date.now() + startMs;
  for (;;) {
    const found = windows ? await claimPipe(pipeOf(folder), shell, own) : await claimOneOf(own, options);
    if ('socket' in found) return { claim: await keep(found, own), holder: null };
    const isStarting = found.shell === 'serve' && found.url === null;
    if (!isStarting || Date.now() > until) return { claim: null, holder: found };
    await sleep(POLL_MS);
  }
}

/** A socket, and the folder for port files that goes with it. */
interface Found {
  socket: ClaimSocket;
  run: string | null;
}

async function keep({ socket, run }: Found, own: string | null): Promise<Claim> {
  const end = own ? await announceMachine(own) : async () => undefined;
  const release = async () => {
    await Promise.all([socket.close(), end()]);
    // The replacement of run/ is no longer needed.
    if (run && run !== own) await rmdir(run).catch(() => undefined);
  };
  return { ...socket, run, release };
}

/** The socket in the data folder, or one of its replacements if that is impossible. */
async function claimOneOf(own: string | null, { folder, env, shell }: ClaimOptions): Promise<Found | Holder> {
  const standIns = standInPaths(folder, env);
  // A panel may have started while the data folder allowed no socket, or since then allows none any more: the disk is full.
  for (const run of [...(own ? [] : [join(folder, 'run')]), ...standIns]) {
    const mayAsk = standIns.includes(run) ? await isPrivate(run) : await isOfUser(run);
    const holder = mayAsk ? await ask(socketIn(run)) : null;
    if (holder) return holder;
  }
  const found = own && fitsSocket(socketIn(own)) ? await claimAddress(socketIn(own), shell, own) : null;
  if (found) return found;
  for (const run of standIns) {
    const other = (await makePrivate(run)) ? await claimAddress(socketIn(run), shell, own ?? run) : null;
    if (other) return other;
  }
  // No panel can open a socket here: better two panels than none.
  return { socket: noSocket, run: own };
}

const socketIn = (run: string) => join(run, 'panel.sock');

/** Null where the file system allows no socket there. */
async function claimAddress(path: string, shell: Shell, run: string | null): Promise<Found | Holder | null> {
  // Repeated: a killed panel leaves its socket file behind, and another panel may replace it first.
  for (const until = Date.now() + TRIES_MS; Date.now() < until; await sleep(RETRY_MS)) {
    const socket = await listen(path, shell);
    if (typeof socket !== 'string') {
      await restrict(path);
      return { socket, run };
    }
    const holder = await ask(path);
    if (holder) return holder;
    if (socket !== 'EADDRINUSE') return null;
    const removed = await removeDead(path);
    if (removed !== 'later') return removed === 'removed' ? claimAddress(path, shell, run) : removed;
  }
  return silent;
}

/** A pipe of Windows ends with its process. */
async function claimPipe(path: string, shell: Shell, run: string | null): Promise<Found | Holder> {
  const socket = await listen(path, shell);
  return typeof socket === 'string' ? ((await ask(path)) ?? silent) : { socket, run };
}

/**
 * Removes a socket file that no panel answers on. Under a lock, and checked again inside it: otherwise two panels that saw
 * the same dead socket could each remove the other's new one. Null where it cannot be removed.
 */
async function removeDead(path: string): Promise<Holder | 'removed' | 'later' | null> {
  const lock = `${path}.lock`;
  try {
    await mkdir(lock);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') return null;
    await expire(lock);
    return 'later';
  }
  try {
    // Only the owner of the lock removes the socket file, so a dead one stays dead.
    const dead = await stat(path).then(
      () => true,
      () => false,
    );
    const holder = await ask(path);
    if (holder) return holder;
    if (dead) await rm(path, { force: true });
    return 'removed';
  } catch {
    return null;
  } finally {
    await rm(lock, { recursive: true, force: true });
  }
}

/** Removes the lock of a crashed panel. Its age is not judged by this machine's clock alone. */
async function expire(lock: string): Promise<void> {
  const age = await stat(lock).then(
    ({ mtimeMs }) => Math.abs(Date.now() - mtimeMs),
    () => 0,
  );
  if (age > LOCK_MS) await rm(lock, { recursive: true, force: true });
}

/** Rejects where a dead network disk would block for ever. */
async function answered<T>(work: Promise<T>, folder: string): Promise<T> {
  const late = sleep(DISK_MS, null, { ref: false }).then(() => {
    throw new PanelError('refused', say('folderSilent', { folder }), { blocked: true });
  });
  return Promise.race([work, late]);
}

const noSocket: ClaimSocket = {
  publish: () => undefined,
  onSecond: () => undefined,
  close: async () => undefined,
};
