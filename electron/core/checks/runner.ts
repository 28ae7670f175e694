import { setMaxListeners } from 'node:events';
import { type Check, type CheckId, type Checks, checkIds } from '#contract';
import type { Found } from './types.ts';

export type CheckTable<Shared> = Record<
  CheckId,
  { limitMs: number; look(shared: Shared, signal: AbortSignal): Promise<Found> | Found }
>;

export interface CheckRunner {
  state(): Checks;
  /** All at the same time; a call while they run joins that run. Never rejects, and never takes longer than the limits. */
  run(): Promise<Checks>;
  /** Ends what is under way. */
  stop(): Promise<void>;
}

const none = (id: CheckId): Check => ({ id, state: 'running', sentence: '', detail: null, fix: null });

/** `share` begins what several checks look at, once for each run. */
export function createRunner<Shared>(options: {
  table: CheckTable<Shared>;
  share(signal: AbortSignal): Shared;
  onChange(state: Checks): void;
}): CheckRunner {
  const { table, share, onChange } = options;
  const stopping = new AbortController();
  // Every check listens, and so does every child that one of them starts.
  setMaxListeners(2 * checkIds.length, stopping.signal);
  let state: Checks = { running: false, at: null, list: [] };
  let underWay: Promise<Checks> | null = null;

  const set = (next: Checks) => {
    state = next;
    onChange(state);
  };
  const take = (check: Check) => set({ ...state, list: state.list.map((old) => (old.id === check.id ? check : old)) });

  const runAll = async () => {
    // What the last run found stays readable until the new answer is there.
    const known = new Map(state.list.map((check) => [check.id, check]));
    set({
      ...state,
      running: true,
      list: checkIds.map((id) => ({ ...(known.get(id) ?? none(id)), state: 'running' })),
    });
    const shared = share(stopping.signal);
    await Promise.all(
      checkIds.map(async (id) => {
        const { limitMs, look } = table[id];
        const found = await within(limitMs, async () => look(shared, stopping.signal), stopping.signal);
        take({
          id,
          state: found.state,
          sentence: found.sentence,
          detail: found.detail ?? null,
          fix: found.fix ?? null,
        });
      }),
    );
    set({ ...state, running: false, at: Date.now() });
    return state;
  };
  return {
    state: () => state,
    run() {
      if (stopping.signal.aborted) return Promise.resolve(state);
      underWay ??= runAll().finally(() => {
        underWay = null;
      });
      return underWay;
    },
    async stop() {
      stopping.abort();
      await underWay;
    },
  };
}

/** A check that fails by itself, or takes too long, says so and holds nobody up. */
async function within(limitMs: number, look: () => Promise<Found>, signal: AbortSignal): Promise<Found> {
  let leave: () => void = () => undefined;
  const late = new Promise<Found>((resolve) => {
    const sentence = `This was not known within ${limitMs / 1_000} s.`;
    const timer = setTimeout(() => resolve({ state: 'unknown', sentence }), limitMs);
    const stop = () => resolve({ state: 'unknown', sentence: 'Headroom is closing.' });
    signal.addEventListener('abort', stop);
    leave = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
    };
  });
  const failed = (error: unknown): Found => {
    const why = error instanceof Error ? error.message : String(error);
    return { state: 'unknown', sentence: `This could not be looked at: ${why}` };
  };
  const found = await Promise.race([look().catch(failed), late]);
  leave();
  return found;
}
