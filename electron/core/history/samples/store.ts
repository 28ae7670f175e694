import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { gpuSeries, HOST, hostSeries, type Tick, verbatim } from '#contract';
import type { StoreNotice } from '../../base/index.ts';
import { gpuFiguresInto, hostFiguresInto } from './series.ts';
import { createSource, fileNameOf, filesOf, type Source, sourceOfFile } from './source.ts';
import { GPU_BYTES, HOST_BYTES } from './tiers.ts';

/** GPUs that are kept, those that are not there any more among them. */
export const MOST_GPUS = 16;

/** The most that all samples together take on the disk; a file that was set aside as damaged comes on top. */
export const SAMPLE_BYTES = MOST_GPUS * GPU_BYTES + HOST_BYTES;

export interface Store {
  addTick(tick: Tick): void;
  /** Null where nothing is kept of it. */
  source(name: string): Source | null;
  /** The GPUs in the order of their names, then the machine. */
  sources(): Source[];
  /** Writes what is not on the disk yet. Never fails: see `tell`. */
  flush(): Promise<void>;
  /** The last flush; nothing is kept from then on. A disk that hangs holds it up. */
  stop(): Promise<void>;
}

export interface StoreOptions {
  folder: string;
  /** What the person should know once: a file that was damaged, a disk that takes nothing. */
  tell: (notice: StoreNotice) => void;
  flushMs?: number;
  retryMs?: number;
}

/** How much a SIGKILL can cost, but for the time of the write itself; five seconds are promised. */
const FLUSH_MS = 4_000;
/** How long a disk that took nothing is left alone. */
const RETRY_MS = 30_000;
/** Of a GPU that is watched, the history is never removed for the sake of another. */
const WATCHED_MS = 60_000;

export async function createStore(options: StoreOptions): Promise<Store> {
  const { folder, tell, flushMs = FLUSH_MS, retryMs = RETRY_MS } = options;
  const sources = new Map<string, Source>();
  /** When each was written last, in Unix milliseconds. */
  const writtenAt = new Map<string, number>();
  /** Their files are being removed. */
  const leaving = new Set<string>();
  const gpuFigures = new Float32Array(gpuSeries.length);
  const hostFigures = new Float32Array(hostSeries.length);
  let timer: NodeJS.Timeout | undefined;
  let removing: Promise<unknown> = Promise.resolve();
  let troubled = false;
  /** Of a source whose file takes nothing; the others go on. */
  const retryAt = new Map<Source, number>();
  let running: Promise<void> | null = null;
  let next: Promise<void> | null = null;
  let stopped = false;

  const begin = (name: string, time: number) => {
    const source = createSource(folder, name, tell);
    sources.set(name, source);
    writtenAt.set(name, time);
    return source;
  };
  const remove = async (name: string, source: Source) => {
    leaving.add(name);
    await source.close();
    await removeFiles(folder, name).catch(() => undefined);
    leaving.delete(name);
  };
  /** Whether there is room for one GPU more, by removing the one that was not seen for longest where there is none. */
  const hasRoom = (time: number): boolean => {
    const gpus = [...sources.keys()].filter((name) => name !== HOST);
    if (gpus.length < MOST_GPUS) return true;
    const at = (name: string) => writtenAt.get(name) ?? 0;
    const oldest = gpus.reduce((one, other) => (at(other) < at(one) ? other : one));
    const source = sources.get(oldest);
    if (!source || Math.abs(time - at(oldest)) < WATCHED_MS) return false;
    sources.delete(oldest);
    removing = Promise.all([removing, remove(oldest, source)]);
    return true;
  };
  const sourceFor = (name: string, time: number): Source | null => {
    const known = sources.get(name);
    if (known) return known;
    if (fileNameOf(name) === null || leaving.has(name) || (name !== HOST && !hasRoom(time))) return null;
    return begin(name, time);
  };
  const keep = (name: string, time: number, figures: Float32Array) => {
    const source = sourceFor(name, time);
    source?.add(time, figures);
    writtenAt.set(name, time);
  };

  const write = async () => {
    const now = performance.now();
    const due = [...sources.values()].filter((source) => stopped || now >= (retryAt.get(source) ?? now));
    await Promise.all(due.map(writeOne));
    for (const source of retryAt.keys()) if (sources.get(source.name) !== source) retryAt.delete(source);
    troubled = retryAt.size > 0;
  };
  const writeOne = async (source: Source) => {
    try {
      await source.flush();
      retryAt.delete(source);
    } catch (error) {
      retryAt.set(source, performance.now() + retryMs);
      if (!troubled) tell(trouble(error));
      troubled = true;
    }
  };
  const flush = () => {
    // One after another, and no more than one that waits: a disk that hangs must not gather them.
    next ??= (running ?? Promise.resolve()).then(() => {
      running = next;
      next = null;
      return write();
    });
    return next;
  };
  const later = () => {
    timer ??= setTimeout(() => {
      timer = undefined;
      void flush();
    }, flushMs).unref();
  };

  for (const [name, time] of await kept(folder)) begin(name, time);
  if (!sources.has(HOST)) begin(HOST, 0);
  return {
    addTick({ time, gpus, host }) {
      if (stopped) return;
      for (const gpu of gpus) {
        // A record of the machine has other figures: one of a GPU would be written over the next.
        if (gpu.uuid === HOST) continue;
        gpuFiguresInto(gpu, gpuFigures);
        keep(gpu.uuid, time, gpuFigures);
      }
      if (host) {
        hostFiguresInto(host, hostFigures);
        keep(HOST, time, hostFigures);
      }
      later();
    },
    source: (name) => sources.get(name) ?? null,
    sources: () => [...sources.values()].sort((a, b) => order(a.name, b.name)),
    flush,
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await flush();
      await removing;
      await Promise.all([...sources.values()].map((source) => source.close()));
    },
  };
}

const order = (a: string, b: string) => {
  if (a === HOST || b === HOST) return a === HOST ? 1 : -1;
  return a < b ? -1 : 1;
};

/** What earlier sessions have left, with the time of its last write. No folder, or an unreadable one: nothing. */
async function kept(folder: string): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  await mkdir(folder, { recursive: true, mode: 0o700 }).catch(() => undefined);
  for (const file of await readdir(folder).catch(() => [])) {
    const name = sourceOfFile(file);
    if (name === null) continue;
    const time = await stat(join(folder, file)).then(
      ({ mtimeMs }) => mtimeMs,
      () => 0,
    );
    found.set(name, Math.max(time, found.get(name) ?? 0));
  }
  return found;
}

async function removeFiles(folder: string, name: string): Promise<void> {
  const own = Object.values(filesOf(folder, name)).map((file) => basename(file));
  for (const file of await readdir(folder))
    if (own.some((one) => file === one || file.startsWith(`${one}.damaged-`))) await rm(join(folder, file));
}

export const trouble = (error: unknown): StoreNotice => ({
  level: 'warning',
  code: 'history_not_kept',
  sentence: verbatim(
    `The history cannot be written to the disk (${error instanceof Error ? error.message : String(error)}): until it can, only the last half hour is kept in full, in memory. Free some space, or allow writing to the data folder.`,
  ),
});
