import { type Adoption as AdoptionState, type BackendPhase, PanelError, type ServerId, type Settings } from '#contract';
import { type EventListener, followEvents } from '../backend/index.ts';
import { identityOf, isRunning } from '../proc/index.ts';
import type { DismissedServers } from './dismissed.ts';
import { endServer } from './end-server.ts';
import { probe, type Server } from './probe.ts';
import { say } from './sentences.ts';
import { findServers } from './servers.ts';

interface AdoptionParts {
  platform: NodeJS.Platform;
  dismissed: DismissedServers;
  /** Where our own backend keeps its results. */
  database(): string;
  /** Of our own backend. */
  phase(): BackendPhase;
  /** Stops our own backend. Throws a PanelError where it may not stop, as while a run is in progress. */
  makeRoom(): Promise<void>;
  /** Restarts our own backend. */
  restart(): Promise<void>;
  change(settings: Partial<Settings>): Promise<unknown>;
  /** Receives the reports of the server that is watched. */
  listener: EventListener;
  /** A server is not watched any more; `exited`: because it exited by itself. */
  onUnwatched(pid: number, exited: boolean): void;
  onChange(adoption: AdoptionState): void;
}

const SEARCH_MS = 10_000;
const ALIVE_MS = 1_000;

/** Backends that the person started by hand: finds them, and watches or replaces one on request. Linux only: needs /proc. */
export function createAdoption(parts: AdoptionParts) {
  const list = createServerList(parts);
  let watching: { pid: number; stop: AbortController } | null = null;
  let timer: NodeJS.Timeout | undefined;

  const publish = () => list.publish(watching?.pid ?? null);
  const search = async () => {
    await list.search();
    publish();
  };
  const dropExited = async () => {
    await list.dropExited();
    publish();
  };
  /** While our own backend runs, no new server is searched for; known ones are only checked for their exit. */
  const searchAgain = () => (isOn(parts.phase()) ? dropExited() : search());
  const find = async (id: ServerId): Promise<Server> => {
    const server = await list.find(id);
    if (server) return server;
    await dropExited();
    throw new PanelError('not_found', say('exited', { pid: id.pid }));
  };
  const unwatch = (exited = false) => {
    if (!watching) return;
    const { pid, stop } = watching;
    stop.abort();
    watching = null;
    publish();
    parts.onUnwatched(pid, exited);
  };
  const watchExit = async (server: Server, stopped: AbortSignal) => {
    const identity = await identityOf(server.found);
    const alive = setInterval(async () => {
      if (stopped.aborted || (await isRunning(identity))) return;
      if (!stopped.aborted) unwatch(true);
      await dropExited();
    }, ALIVE_MS);
    alive.unref();
    stopped.addEventListener('abort', () => clearInterval(alive));
  };

  return {
    /** Searches now, and again every ten seconds. */
    start() {
      timer = setInterval(() => void searchAgain(), SEARCH_MS);
      timer.unref();
      return search();
    },
    search,
    /** Our own backend starts again, or the panel exits. */
    unwatch: () => unwatch(),
    /** Hides the banner about the current servers, or shows it again. Throws PanelError if the disk fails. */
    async dismiss(on: boolean) {
      await parts.dismissed.replace(on ? list.all() : []);
      publish();
    },
    watching: () => watching?.pid ?? null,
    stop() {
      clearInterval(timer);
      unwatch();
    },
    /** Watches a server, read-only; our own backend is stopped for it. */
    async watch(id: ServerId) {
      const server = await find(id);
      const { pid, locked } = server.found;
      if (locked) throw new PanelError('refused', say('needsToken', { pid }));
      await parts.makeRoom();
      unwatch();
      const stop = new AbortController();
      watching = { pid, stop };
      followEvents(server.address, parts.listener, stop.signal);
      await watchExit(server, stop.signal);
      publish();
    },
    /** Ends a server and starts our own backend instead; `settings`: with the settings of its environment. */
    async takeOver(id: ServerId & { settings: boolean }) {
      const server = await find({ pid: id.pid, startTime: id.startTime });
      await parts.makeRoom();
      unwatch();
      const { settings, sameDatabase } = server.found;
      const adopted = id.settings ? settings : [];
      await endServer(server, sameDatabase || adopted.some(({ name }) => name === 'LBS_DB_PATH'));
      await dropExited();
      if (adopted.length > 0) await parts.change(Object.fromEntries(adopted.map(({ name, value }) => [name, value])));
      await parts.restart();
    },
  };
}

export type Adoption = ReturnType<typeof createAdoption>;

/** The servers found so far; publishes only what has changed. */
function createServerList({
  platform,
  dismissed,
  database,
  onChange,
}: Pick<AdoptionParts, 'platform' | 'dismissed' | 'database' | 'onChange'>) {
  let servers: Server[] = [];
  let published = '';
  return {
    all: () => servers.map(({ found }) => found),
    publish(watching: number | null) {
      const found = servers.map((server) => ({ ...server.found, dismissed: dismissed.has(server.found) }));
      const adoption: AdoptionState = { found, watching };
      const text = JSON.stringify(adoption);
      if (text === published) return;
      published = text;
      onChange(adoption);
    },
    async search() {
      const uid = process.getuid?.();
      if (platform !== 'linux' || uid === undefined) return;
      const probed = await Promise.all((await findServers(uid)).map((one) => probe(one, database())));
      servers = probed.filter((server) => server !== null);
    },
    async dropExited() {
      const alive = await Promise.all(servers.map(async ({ found }) => isRunning(await identityOf(found))));
      servers = servers.filter((_, i) => alive[i]);
    },
    async find(id: ServerId): Promise<Server | null> {
      const server = servers.find(({ found }) => found.pid === id.pid && found.startTime === id.startTime);
      return server && (await isRunning(await identityOf(id))) ? server : null;
    },
  };
}

const isOn = (phase: BackendPhase) => phase === 'ready' || phase === 'starting' || phase === 'stopping';
