import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type ExportPiece,
  type ExportRequest,
  type GpuConditions,
  type GpuProcess,
  type HistoryWindow,
  HOST,
  PanelError,
  type ProcessWindow,
  type ProcessWindowRequest,
  type TimelineEvent,
  type WindowRequest,
} from '#contract';
import type { StoreNotice } from '../base/index.ts';
import { conditionsOf } from './conditions/conditions.ts';
import { exportPiece } from './export/export.ts';
import { createEventHistory, EVENT_FILE_BYTES } from './lines/event-history.ts';
import { createProcessHistory, type LastKnown, PROCESS_FILE_BYTES } from './processes/process-history.ts';
import { createRecent, type Recent, type RecentOptions } from './recent/recent.ts';
import { createStore, SAMPLE_BYTES, writeFailure } from './samples/store.ts';
import { say } from './sentences.ts';
import { checkRange, checkWindow, windowOf } from './window/window.ts';

/** The maximum size of the folder, without renamed damaged files, at most one for each file. */
export const HISTORY_BYTES = SAMPLE_BYTES + 2 * EVENT_FILE_BYTES + 2 * PROCESS_FILE_BYTES;

interface HistoryOptions extends RecentOptions {
  /** The data folder; only this session writes to it. */
  folder: string;
  /** Shows a notice: about a damaged file, or a failing disk. */
  notify?: (notice: StoreNotice) => void;
  flushMs?: number;
  retryMs?: number;
  /** How long a stalled disk may delay the exit of the panel. */
  stopTimeoutMs?: number;
}

const STOP_TIMEOUT_MS = 3_000;

/** `ticks`, `latest` and `events` cover the last minutes, in memory; everything else also reads the disk. */
export interface History extends Recent {
  /** MiB that each process held when Headroom last ran, by `gpuUuid pid startTime`. */
  lastKnown: LastKnown;
  /** Adds the process list of all GPUs. */
  addProcesses(time: number, list: readonly GpuProcess[]): void;
  /** Throws PanelError (`invalid_input`) for an invalid request. */
  window(request: WindowRequest): Promise<HistoryWindow>;
  /** Oldest first; the newest thousand in the range. */
  eventsWithin(span: { from: number; to: number }): Promise<TimelineEvent[]>;
  processes(request: ProcessWindowRequest): Promise<ProcessWindow>;
  /** Of each GPU that held memory of ours in the range. */
  conditions(span: { from: number; to: number }): Promise<GpuConditions[]>;
  export(request: ExportRequest): Promise<ExportPiece>;
  /** Writes what is only in memory. Never throws. */
  flush(): Promise<void>;
  /** Flushes for the last time, and waits at most a few seconds for the disk. */
  stop(): Promise<void>;
}

/**
 * Samples, events and processes over time, in memory and on disk. A failing disk or damaged files only shorten the
 * history: only invalid requests throw.
 */
export async function createHistory(options: HistoryOptions): Promise<History> {
  const { folder, notify = () => undefined, flushMs, retryMs, stopTimeoutMs = STOP_TIMEOUT_MS } = options;
  const recent = createRecent(options);
  const store = await createStore({ folder, notify, flushMs, retryMs });
  let notified = false;
  const onFailure = (error: unknown) => {
    if (!notified) notify(writeFailure(error));
    notified = true;
  };
  const events = createEventHistory(join(folder, 'events.jsonl'), onFailure);
  const processes = createProcessHistory(join(folder, 'processes.jsonl'), onFailure);
  const lastKnown = await processes.lastKnown();

  return {
    ...recent,
    lastKnown,
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
      if (!source) throw new PanelError('invalid_input', say('unknownGpu', { gpu: request.source }));
      return windowOf(source, request);
    },
    async eventsWithin(range) {
      checkRange(range);
      return events.within(range);
    },
    async processes(request) {
      checkRange(request);
      return processes.window(request);
    },
    async conditions(span) {
      checkRange(span);
      const gpus = store.sources().filter(({ name }) => name !== HOST);
      const found = gpus.map((source) =>
        conditionsOf(source, span, (width) => processes.window({ ...span, gpuUuid: source.name, width })),
      );
      return (await Promise.all(found)).filter((one) => one !== null);
    },
    async export(request) {
      checkRange(request);
      return exportPiece(store.sources(), request);
    },
    flush: async () => {
      await Promise.all([store.flush(), events.written(), processes.written()]);
    },
    async stop() {
      processes.end();
      const written = Promise.all([store.stop(), events.written(), processes.written()]);
      await Promise.race([written, sleep(stopTimeoutMs, undefined, { ref: false })]);
    },
  };
}
