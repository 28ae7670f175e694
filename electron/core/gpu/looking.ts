import { setTimeout as sleep } from 'node:timers/promises';

export interface LookingOptions {
  /** Does nvidia-smi answer now? Nothing is asked while it does not, or is not wanted. */
  isOk(): boolean;
  /** Milliseconds between two looks, as of now. */
  periodMs(): number;
  /** Asks nvidia-smi who is on the GPUs. */
  list(): Promise<unknown>;
  signal: AbortSignal;
}

/** How soon after the stream's first tick the processes are looked at, at the latest. */
const WAITING_MS = 250;

/** Looks at the processes every few seconds, until the signal. Never rejects. */
export async function keepLooking({ isOk, periodMs, list, signal }: LookingOptions): Promise<void> {
  while (!signal.aborted) {
    const ok = isOk();
    // A failing nvidia-smi tells why through the stream; here the list just stays as it was.
    if (ok) await list().catch(() => undefined);
    await sleep(ok ? periodMs() : WAITING_MS, undefined, { signal }).catch(() => undefined);
  }
}
