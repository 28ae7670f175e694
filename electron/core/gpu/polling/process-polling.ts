import type { Row } from '../stream/row.ts';
import { createNotifier } from '../timing/notifier.ts';

interface ProcessPollingOptions {
  /** Whether nvidia-smi answers; polling pauses while it does not. */
  isOk(): boolean;
  /** The current polling intervals in milliseconds: after memory has moved, and otherwise. */
  periodMs(): { moved: number; still: number };
  /** Queries the process list. */
  list(): Promise<unknown>;
  signal: AbortSignal;
}

export interface ProcessPolling {
  /** Takes the newest sample. */
  sampled(rows: readonly Row[]): void;
  /** Queries at once, for example when isOk() becomes true. */
  now(): void;
  done: Promise<void>;
}

/** A process that starts or exits moves at least its CUDA context, some hundred MiB; less on a small emulated card. */
const MOVED_MIB = 64;
const MOVED_SHARE = 1 / 32;

/** Polls the process list every few seconds, and soon after memory has moved, until the signal. Never rejects. */
export function keepPollingProcesses({ isOk, periodMs, list, signal }: ProcessPollingOptions): ProcessPolling {
  const changed = createNotifier();
  let rows: readonly Row[] = [];
  let listed = rows;
  let moved = false;
  let requested = false;

  /** The time until the next query; undefined: until one is requested. */
  const leftMs = (ok: boolean, began: number) => {
    if (requested || signal.aborted) return 0;
    return ok ? Math.max(0, began + periodMs()[moved ? 'moved' : 'still'] - performance.now()) : undefined;
  };
  const loop = async () => {
    while (!signal.aborted) {
      const ok = isOk();
      [listed, moved, requested] = [rows, false, false];
      // The stream reports a failing nvidia-smi; the list stays as it was, and the next query comes soon.
      const failed = () => {
        moved = true;
      };
      if (ok) await list().catch(failed);
      const began = performance.now();
      for (let left = leftMs(ok, began); left !== 0; left = leftMs(ok, began))
        await changed.after(changed.count(), left);
    }
  };
  signal.addEventListener('abort', changed.notify);
  return {
    sampled(now) {
      rows = now;
      if (moved || !hasMoved(rows, listed)) return;
      moved = true;
      changed.notify();
    },
    now() {
      requested = true;
      changed.notify();
    },
    done: loop(),
  };
}

const hasMoved = (rows: readonly Row[], before: readonly Row[]): boolean =>
  rows.length !== before.length ||
  rows.some((row, i) => !(Math.abs(usedMiB(row) - usedMiB(before[i])) < leastMiB(row)));

const leastMiB = ({ sample: { memoryTotalMiB } }: Row) =>
  Math.min(MOVED_MIB, (memoryTotalMiB ?? Number.POSITIVE_INFINITY) * MOVED_SHARE);

/** Unknown memory may have moved: NaN compares with nothing. */
const usedMiB = (row: Row | undefined): number => row?.sample.memoryUsedMiB ?? Number.NaN;
