import { z } from 'zod';
import type { StartStep } from '#contract';
import { createJsonStore } from '../../base/index.ts';

const KEPT = 9;
const schema = z.record(z.string(), z.array(z.number()).max(KEPT));

/** How long each step of a start usually takes: the median of the last nine, kept across sessions. */
export async function createUsual(file: string) {
  const store = await createJsonStore<z.infer<typeof schema>>({ file, schema, fallback: {} });
  return {
    usualMs: (): Record<string, number> =>
      Object.fromEntries(
        Object.entries(store.value()).flatMap(([name, times]) => (times.length ? [[name, median(times)]] : [])),
      ),
    /** A whole start. Only from nothing: where a warm one turns cold for once, that is slow, but nothing is wrong. */
    async learn(steps: readonly StartStep[]): Promise<void> {
      const took = steps.flatMap(({ name, startedAt, endedAt }) =>
        endedAt === null ? [] : [[name, endedAt - startedAt] as const],
      );
      // A full disk costs this knowledge, nothing else; the next start tries again.
      await store
        .update((known) => ({
          ...known,
          ...Object.fromEntries(took.map(([name, ms]) => [name, [...(known[name] ?? []), ms].slice(-KEPT)])),
        }))
        .catch(() => undefined);
    },
  };
}

export type Usual = Awaited<ReturnType<typeof createUsual>>;

const median = (times: readonly number[]) => [...times].sort((a, b) => a - b)[Math.floor((times.length - 1) / 2)] ?? 0;
