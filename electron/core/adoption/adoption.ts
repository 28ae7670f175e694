import { type Adoption, type BackendPhase, PanelError, type ServerId, type Settings } from '#contract';
import { type EventListener, followEvents } from '../backend/index.ts';
import { identityOf, isThere } from '../proc/index.ts';
import { probe, type Server } from './probe.ts';
import { serversByHand } from './servers.ts';
import { endServer } from './taking.ts';

export interface AdoptionParts {
  platform: NodeJS.Platform;
  /** Where this panel's own backend keeps its results. */
  database(): string;
  /** Of our own backend. */
  phase(): BackendPhase;
  /** Ends our own backend. Fails with a PanelError, as while a run of it is on. */
  makeRoom(): Promise<void>;
  /** Our own backend, anew. */
  restart(): Promise<void>;
  change(settings: Partial<Settings>): Promise<unknown>;
  /** What the one that is watched tells. */
  listener: EventListener;
  /** It is not watched any more; `ended`: because it has ended by itself. */
  unwatched(pid: number, ended: boolean): void;
  tell(adoption: Adoption): void;
}

export type AdoptionRoom = ReturnType<typeof createAdoption>;

const LOOK_MS = 10_000;
const ALIVE_MS = 1_000;

/** Backends that the person started by hand: found, and followed or ended when they say so. Linux only: /proc tells. */
export function createAdoption(parts: AdoptionParts) {
  let servers: Server[] = [];
  let watching: { pid: number; gone: AbortController } | null = null;
  let timer: NodeJS.Timeout | undefined;
  let told = '';

  const tell = () => {
    const adoption: Adoption = { found: servers.map(({ found }) => found), watching: watching?.pid ?? null };
    const text = JSON.stringify(adoption);
    if (text === told) return;
    told = text;
    parts.tell(adoption);
  };
  const look = async () => {
    const me = process.getuid?.();
    if (parts.platform !== 'linux' || me === undefined) return;
    const found = await Promise.all((await serversByHand(me)).map((seen) => probe(seen, parts.database())));
    servers = found.filter((server) => server !== null);
    tell();
  };
  /** While our own backend is there none is looked for: those that are known are only seen to end. */
  const lookAgain = () => (isOn(parts.phase()) ? forgetEnded() : look());
  const forgetEnded = async () => {
    const there = await Promise.all(servers.map(async ({ found }) => isThere(await identityOf(found))));
    servers = servers.filter((_, i) => there[i]);
    tell();
  };
  const find = async (asked: ServerId): Promise<Server> => {
    const server = servers.find(({ found }) => found.pid === asked.pid && found.startTime === asked.startTime);
    if (server && (await isThere(await identityOf(asked)))) return server;
    await forgetEnded();
    throw new PanelError(
      'not_found',
      `Process ${asked.pid} has ended meanwhile: there is nothing to watch or take over.`,
    );
  };
  const unwatch = (ended = false) => {
    if (!watching) return;
    const { pid, gone } = watching;
    gone.abort();
    watching = null;
    tell();
    parts.unwatched(pid, ended);
  };
  const seeItEnd = async (server: Server, gone: AbortSignal) => {
    const identity = await identityOf(server.found);
    const alive = setInterval(async () => {
      if (gone.aborted || (await isThere(identity))) return;
      if (!gone.aborted) unwatch(true);
      await forgetEnded();
    }, ALIVE_MS);
    alive.unref();
    gone.addEventListener('abort', () => clearInterval(alive));
  };

  return {
    /** Looks now, and again every ten seconds. */
    start() {
      timer = setInterval(() => void lookAgain(), LOOK_MS);
      timer.unref();
      return look();
    },
    look,
    /** Our own backend is there again, or the panel ends. */
    unwatch,
    watching: () => watching?.pid ?? null,
    stop() {
      clearInterval(timer);
      unwatch();
    },
    /** Follows it, read-only; our own backend gives way. */
    async watch(asked: ServerId) {
      const server = await find(asked);
      const { pid, locked } = server.found;
      if (locked)
        throw new PanelError(
          'refused',
          `Process ${pid} wants its token (LBS_TOKEN), so it cannot be watched: take it over.`,
        );
      await parts.makeRoom();
      unwatch();
      const gone = new AbortController();
      watching = { pid, gone };
      followEvents(server.address, parts.listener, gone.signal);
      await seeItEnd(server, gone.signal);
      tell();
    },
    /** Ends it, and starts ours in its place; `settings`: with what its environment set. */
    async takeOver(asked: ServerId & { settings: boolean }) {
      const server = await find({ pid: asked.pid, startTime: asked.startTime });
      await parts.makeRoom();
      unwatch();
      const { settings, sameDatabase } = server.found;
      const taken = asked.settings ? settings : [];
      await endServer(server, sameDatabase || taken.some(({ name }) => name === 'LBS_DB_PATH'));
      await forgetEnded();
      if (taken.length > 0) await parts.change(Object.fromEntries(taken.map(({ name, value }) => [name, value])));
      await parts.restart();
    },
  };
}

const isOn = (phase: BackendPhase) => phase === 'ready' || phase === 'starting' || phase === 'stopping';
