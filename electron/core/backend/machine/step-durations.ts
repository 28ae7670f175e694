import { z } from 'zod';
import type { StartStep } from '#contract';
import { createJsonStore, type Saving } from '../../base/index.ts';

const SAMPLES = 9;
const schema = z.record(z.string(), z.array(z.number()).max(SAMPLES));

/** The typical duration of each step of a start: the median of the last nine starts, stored across sessions. */
export async function createStepDurations(file: string, saving?: Saving) {
  const store = await createJsonStore<z.infer<typeof schema>>({ file, saving, schema, fallback: {} });
  return {
    typicalMs: (): Record<string, number> =>
      Object.fromEntries(
        Object.entries(store.value()).flatMap(([name, times]) => (times.length ? [[name, median(times)]] : [])),
      ),
    /** Records a complete cold start: a warm start is much faster. */
    async learn(steps: readonly StartStep[]): Promise<void> {
      const durations = steps.flatMap(({ name, startedAt, endedAt }) =>
        endedAt === null ? [] : [[name, endedAt - startedAt] as const],
      );
      // A full disk only costs these durations; the next start tries again.
      await store
        .update((known) => ({
          ...known,
          ...Object.fromEntries(durations.map(([name, ms]) => [name, [...(known[name] ?? []), ms].slice(-SAMPLES)])),
        }))
        .catch(() => undefined);
    },
  };
}

export type StepDurations = Awaited<ReturnType<typeof createStepDurations>>;

const median = (times: readonly number[]) => [...times].sort((a, b) => a - b)[Math.floor((times.length - 1) / 2)] ?? 0;
