import { setMaxListeners } from 'node:events';
import { type Check, type CheckId, type Checks, checkIds } from '#contract';
import { say } from './sentences.ts';
import type { Found } from './types.ts';

export type CheckTable<Shared> = Record<
  CheckId,
  { timeoutMs: number; check(shared: Shared, signal: AbortSignal): Promise<Found> | Found }
>;

export interface CheckRunner {
  state(): Checks;
  /** Runs all checks concurrently; a call meanwhile joins that run. Never rejects, and takes no longer than the timeouts. */
  run(): Promise<Checks>;
  /** Aborts the current run. */
  stop(): Promise<void>;
}

const firstRun = (id: CheckId): Check => ({ id, state: 'running', sentence: null, detail: [], fix: null });

/** `share` starts the work that several checks share, once per run. */
export function createRunner<Shared>(options: {
  table: CheckTable<Shared>;
  share(signal: AbortSignal): Shared;
  onChange(state: Checks): void;
}): CheckRunner {
  const { table, share, onChange } = options;
  const stopping = new AbortController();
  // Every check and every child process listens.
  setMaxListeners(2 * checkIds.length, stopping.signal);
  let state: Checks = { running: false, at: null, list: [] };
  let current: Promise<Checks> | null = null;

  const set = (next: Checks) => {
    state = next;
    onChange(state);
  };
  const replace = (check: Check) =>
    set({ ...state, list: state.list.map((old) => (old.id === check.id ? check : old)) });

  const runAll = async () => {
    // The previous results stay visible until the new ones arrive.
    const known = new Map(state.list.map((check) => [check.id, check]));
    set({
      ...state,
      running: true,
      list: checkIds.map((id) => ({ ...(known.get(id) ?? firstRun(id)), state: 'running' })),
    });
    const shared = share(stopping.signal);
    await Promise.all(
      checkIds.map(async (id) => {
        const { timeoutMs, check } = table[id];
        const found = await within(timeoutMs, async () => check(shared, stopping.signal), stopping.signal);
        replace({ detail: [], fix: null, ...found, id });
      }),
    );
    set({ ...state, running: false, at: Date.now() });
    return state;
  };
  return {
    state: () => state,
    run() {
      if (stopping.signal.aborted) return Promise.resolve(state);
      current ??= runAll().finally(() => {
        current = null;
      });
      return current;
    },
    async stop() {
      stopping.abort();
      await current;
    },
  };
}

/** A check that throws or times out becomes a result that says so. */
async function within(timeoutMs: number, check: () => Promise<Found>, signal: AbortSignal): Promise<Found> {
  let cleanUp: () => void = () => undefined;
  const late = new Promise<Found>((resolve) => {
    const sentence = say('timedOut', { seconds: timeoutMs / 1_000 });
    const timer = setTimeout(() => resolve({ state: 'unknown', sentence }), timeoutMs);
    const stop = () => resolve({ state: 'unknown', sentence: say('closing') });
    signal.addEventListener('abort', stop);
    cleanUp = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
    };
  });
  const failed = (error: unknown): Found => {
    const reason = error instanceof Error ? error.message : String(error);
    return { state: 'unknown', sentence: say('failed', { reason }) };
  };
  const found = await Promise.race([check().catch(failed), late]);
  cleanUp();
  return found;
}
