import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type ExportPiece,
  type ExportRequest,
  type GpuProcess,
  type HistoryWindow,
  PanelError,
  type ProcessWindow,
  type ProcessWindowRequest,
  type TimelineEvent,
  type WindowRequest,
} from '#contract';
import type { StoreNotice } from '../base/index.ts';
import { exportPiece } from './export/export.ts';
import { createKeptEvents, EVENT_FILE_BYTES } from './lines/event-history.ts';
import { createKeptProcesses, PROCESS_FILE_BYTES } from './processes/process-history.ts';
import { createRecent, type Recent, type RecentOptions } from './recent/recent.ts';
import { createStore, SAMPLE_BYTES, trouble } from './samples/store.ts';
import { checkSpan, checkWindow, windowOf } from './window/window.ts';

/** The most that the folder takes; of each file one more can lie there that was set aside as damaged. */
export const HISTORY_BYTES = SAMPLE_BYTES + 2 * EVENT_FILE_BYTES + 2 * PROCESS_FILE_BYTES;

export interface HistoryOptions extends RecentOptions {
  /** Everything is kept here; this session alone writes to it. */
  folder: string;
  /** What the person should know once: a damaged file, a disk that takes nothing. */
  tell?: (notice: StoreNotice) => void;
  flushMs?: number;
  retryMs?: number;
  /** How long a disk that hangs may hold up the end of the panel. */
  patienceMs?: number;
}

const PATIENCE_MS = 3_000;

/** `ticks`, `latest` and `events` are of the last minutes, in memory; everything else reads the disk as well. */
export interface History extends Recent {
  /** The processes on all GPUs at one moment, each time they are listed. */
  addProcesses(time: number, list: readonly GpuProcess[]): void;
  /** Fails with `invalid_input` and a sentence where the request makes no sense. */
  window(request: WindowRequest): Promise<HistoryWindow>;
  /** Oldest first; the newest thousand of the span. */
  eventsWithin(span: { from: number; to: number }): Promise<TimelineEvent[]>;
  processes(request: ProcessWindowRequest): Promise<ProcessWindow>;
  export(request: ExportRequest): Promise<ExportPiece>;
  /** Writes what is in memory only. Never fails. */
  flush(): Promise<void>;
  /** The last flush; nothing is kept from then on. Waits a few seconds for the disk at most. */
  stop(): Promise<void>;
}

/**
 * Samples, events and processes over time, in memory and on the disk. No disk and no damage there makes any call fail
 * but those that read: what is told of the past is then less.
 */
export async function createHistory(options: HistoryOptions): Promise<History> {
  const { folder, tell = () => undefined, flushMs, retryMs, patienceMs = PATIENCE_MS } = options;
  const recent = createRecent(options);
  const store = await createStore({ folder, tell, flushMs, retryMs });
  let told = false;
  const onTrouble = (error: unknown) => {
    if (!told) tell(trouble(error));
    told = true;
  };
  const events = createKeptEvents(join(folder, 'events.jsonl'), onTrouble);
  const processes = createKeptProcesses(join(folder, 'processes.jsonl'), onTrouble);

  return {
    ...recent,
    addTick(tick) {
      recent.addTick(tick);
      store.addTick(tick);
    },
    addEvent(event) {
      recent.addEvent(event);
      events.add(event);
    },
    addProcesses: processes.add,
    async window(request) {
      checkWindow(request);
      const source = store.source(request.source);
      if (!source)
        throw new PanelError('invalid_input', `Nothing is kept of a GPU ${request.source}: choose one that was seen.`);
      return windowOf(source, request);
    },
    async eventsWithin(span) {
      checkSpan(span);
      return events.within(span);
    },
    async processes(request) {
      checkSpan(request);
      return processes.window(request);
    },
    async export(request) {
      checkSpan(request);
      return exportPiece(store.sources(), request);
    },
    flush: async () => {
      await Promise.all([store.flush(), events.written(), processes.written()]);
    },
    async stop() {
      processes.end();
      const written = Promise.all([store.stop(), events.written(), processes.written()]);
      await Promise.race([written, sleep(patienceMs, undefined, { ref: false })]);
    },
  };
}
