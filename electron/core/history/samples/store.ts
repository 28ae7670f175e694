import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { gpuSeries, HOST, hostSeries, type Tick } from '#contract';
import type { StoreNotice } from '../../base/index.ts';
import { say } from '../sentences.ts';
import { gpuValuesInto, hostValuesInto } from './series.ts';
import { createSource, fileNameOf, filesOf, type Source, sourceOfFile } from './source.ts';
import { GPU_BYTES, HOST_BYTES } from './tiers.ts';

/** The number of stored GPUs, including absent ones. */
export const MAX_GPUS = 16;

/** The maximum size of all samples on disk, without renamed damaged files. */
export const SAMPLE_BYTES = MAX_GPUS * GPU_BYTES + HOST_BYTES;

interface Store {
  addTick(tick: Tick): void;
  /** Null where it has no history. */
  source(name: string): Source | null;
  /** The GPUs in order of their names, then the machine. */
  sources(): Source[];
  /** Writes what is not on disk yet. Never throws: see `notify`. */
  flush(): Promise<void>;
  /** Flushes for the last time; later samples are dropped. A stalled disk blocks it. */
  stop(): Promise<void>;
}

interface StoreOptions {
  folder: string;
  /** Shows a notice: about a damaged file, or a failing disk. */
  notify: (notice: StoreNotice) => void;
  flushMs?: number;
  retryMs?: number;
}

/** The most that a SIGKILL can cost, plus the time of the write; the promise is five seconds. */
const FLUSH_MS = 4_000;
/** The delay before a failed write is retried. */
const RETRY_MS = 30_000;
/** The history of a GPU with samples this recent is never removed. */
const RECENT_MS = 60_000;

export async function createStore(options: StoreOptions): Promise<Store> {
  const { folder, notify, flushMs = FLUSH_MS, retryMs = RETRY_MS } = options;
  const sources = new Map<string, Source>();
  /** When each was last written, in Unix milliseconds. */
  const writtenAt = new Map<string, number>();
  /** Sources whose files are being removed. */
  const removed = new Set<string>();
  const gpuValues = new Float32Array(gpuSeries.length);
  const hostValues = new Float32Array(hostSeries.length);
  let timer: NodeJS.Timeout | undefined;
  let removing: Promise<unknown> = Promise.resolve();
  let failing = false;
  /** The retry times of sources whose writes fail; the others continue. */
  const retryAt = new Map<Source, number>();
  let running: Promise<void> | null = null;
  let next: Promise<void> | null = null;
  let stopped = false;

  const begin = (name: string, time: number) => {
    const source = createSource(folder, name, notify);
    sources.set(name, source);
    writtenAt.set(name, time);
    return source;
  };
  const remove = async (name: string, source: Source) => {
    removed.add(name);
    await source.close();
    await removeFiles(folder, name).catch(() => undefined);
    removed.delete(name);
  };
  /** Makes room for one more GPU by removing the one without samples for longest; returns whether there is room. */
  const hasRoom = (time: number): boolean => {
    const gpus = [...sources.keys()].filter((name) => name !== HOST);
    if (gpus.length < MAX_GPUS) return true;
    const at = (name: string) => writtenAt.get(name) ?? 0;
    const oldest = gpus.reduce((one, other) => (at(other) < at(one) ? other : one));
    const source = sources.get(oldest);
    if (!source || Math.abs(time - at(oldest)) < RECENT_MS) return false;
    sources.delete(oldest);
    removing = Promise.all([removing, remove(oldest, source)]);
    return true;
  };
  const sourceFor = (name: string, time: number): Source | null => {
    const known = sources.get(name);
    if (known) return known;
    if (fileNameOf(name) === null || removed.has(name) || (name !== HOST && !hasRoom(time))) return null;
    return begin(name, time);
  };
  const keep = (name: string, time: number, values: Float32Array) => {
    const source = sourceFor(name, time);
    source?.add(time, values);
    writtenAt.set(name, time);
  };

  const write = async () => {
    const now = performance.now();
    const due = [...sources.values()].filter((source) => stopped || now >= (retryAt.get(source) ?? now));
    await Promise.all(due.map(writeOne));
    for (const source of retryAt.keys()) if (sources.get(source.name) !== source) retryAt.delete(source);
    failing = retryAt.size > 0;
  };
  const writeOne = async (source: Source) => {
    try {
      await source.flush();
      retryAt.delete(source);
    } catch (error) {
      retryAt.set(source, performance.now() + retryMs);
      if (!failing) notify(writeFailure(error));
      failing = true;
    }
  };
  const flush = () => {
    // One at a time, with at most one waiting: a stalled disk must not queue flushes.
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

  for (const [name, time] of await storedSources(folder)) begin(name, time);
  if (!sources.has(HOST)) begin(HOST, 0);
  return {
    addTick({ time, gpus, host }) {
      if (stopped) return;
      for (const gpu of gpus) {
        // Records of the machine have another size: a GPU with its name would corrupt the file.
        if (gpu.uuid === HOST) continue;
        gpuValuesInto(gpu, gpuValues);
        keep(gpu.uuid, time, gpuValues);
      }
      if (host) {
        hostValuesInto(host, hostValues);
        keep(HOST, time, hostValues);
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

/** The sources of earlier sessions with the time of their last write; none where the folder is absent or unreadable. */
async function storedSources(folder: string): Promise<Map<string, number>> {
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

/** The notice about a failed write. */
export const writeFailure = (error: unknown): StoreNotice => ({
  level: 'warning',
  code: 'history_not_kept',
  sentence: say('notWritten', { reason: error instanceof Error ? error.message : String(error) }),
});
