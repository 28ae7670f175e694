import type { Row } from '../stream/row.ts';
import { createBell } from '../timing/notifier.ts';

export interface LookingOptions {
  /** Does nvidia-smi answer now? Nothing is asked while it does not, or is not wanted. */
  isOk(): boolean;
  /** Milliseconds between two looks, as of now: where memory has moved since the last one, and where it has not. */
  periodMs(): { moved: number; still: number };
  /** Asks nvidia-smi who is on the GPUs. */
  list(): Promise<unknown>;
  signal: AbortSignal;
}

export interface Looking {
  /** What the newest tick told. */
  look(rows: readonly Row[]): void;
  /** Looks at once: whoever makes isOk() true says so. */
  again(): void;
  gone: Promise<void>;
}

/** A process that comes or goes moves a context at the least, which is some hundred MiB; less on a small emulated card. */
const MOVED_MIB = 64;
const MOVED_SHARE = 1 / 32;

/** Looks at the processes every few seconds, and soon after memory has moved, until the signal. Never rejects. */
export function keepLooking({ isOk, periodMs, list, signal }: LookingOptions): Looking {
  const bell = createBell();
  let rows: readonly Row[] = [];
  let listed = rows;
  let moved = false;
  let asked = false;

  /** Until the next look; undefined: until somebody asks for it. */
  const leftMs = (ok: boolean, began: number) => {
    if (asked || signal.aborted) return 0;
    return ok ? Math.max(0, began + periodMs()[moved ? 'moved' : 'still'] - performance.now()) : undefined;
  };
  const loop = async () => {
    while (!signal.aborted) {
      const ok = isOk();
      [listed, moved, asked] = [rows, false, false];
      // A failing nvidia-smi tells why through the stream; here the list just stays as it was, of before any move.
      const failed = () => {
        moved = true;
      };
      if (ok) await list().catch(failed);
      const began = performance.now();
      for (let left = leftMs(ok, began); left !== 0; left = leftMs(ok, began)) await bell.beyond(bell.rings(), left);
    }
  };
  signal.addEventListener('abort', bell.ring);
  return {
    look(now) {
      rows = now;
      if (moved || !hasMoved(rows, listed)) return;
      moved = true;
      bell.ring();
    },
    again() {
      asked = true;
      bell.ring();
    },
    gone: loop(),
  };
}

const hasMoved = (rows: readonly Row[], before: readonly Row[]): boolean =>
  rows.length !== before.length ||
  rows.some((row, i) => !(Math.abs(usedMiB(row) - usedMiB(before[i])) < leastMiB(row)));

const leastMiB = ({ sample: { memoryTotalMiB } }: Row) =>
  Math.min(MOVED_MIB, (memoryTotalMiB ?? Number.POSITIVE_INFINITY) * MOVED_SHARE);

/** What is not told compares with nothing: it may have moved. */
const usedMiB = (row: Row | undefined): number => row?.sample.memoryUsedMiB ?? Number.NaN;
