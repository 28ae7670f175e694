import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { alertWatch, quietGpu, SETTLED } from '#alert-watch';
import { gpuMetrics } from '#contract';
import { gpuProcess, type gpuSample } from '#samples';

/** One sample of a walk: the values of one GPU, null where unknown. */
const values = fc.record({
  seconds: fc.integer({ min: 1, max: 400 }),
  index: fc.constantFrom(0, 1),
  usedMiB: fc.option(fc.integer({ min: 0, max: 10_000 })),
  oursMiB: fc.option(fc.integer({ min: 0, max: 10_000 })),
  temperature: fc.option(fc.integer({ min: 30, max: 110 })),
  throttle: fc.option(fc.integer({ min: 0, max: 0x1ff })),
  ecc: fc.option(fc.integer({ min: 0, max: 5 })),
  limit: fc.constantFrom(0, 0.5, 0.9, '900MiB', '-100MiB', '-99GiB'),
  worker: fc.constantFrom('idle', 'running', 'loading', null),
  state: fc.constantFrom('ok', 'ok', 'ok', 'lost'),
  there: fc.boolean(),
});
type Figures = typeof values extends fc.Arbitrary<infer T> ? T : never;

const sampleOf = (one: Figures) =>
  quietGpu({
    ...{ uuid: `GPU-${one.index}`, index: one.index, state: one.state, temperature: one.temperature },
    ...{ memoryUsedMiB: one.usedMiB, memoryFreeMiB: one.usedMiB === null ? null : 10_000 - one.usedMiB },
    ...{ throttle: one.throttle, eccUncorrected: one.ecc },
    ours:
      one.oursMiB === null
        ? null
        : { usedMiB: one.oursMiB, contextMiB: 0, weightsMiB: 0, kvCacheMiB: 0, activationsMiB: 0, keptMiB: 0 },
  });

type Walk = ReturnType<typeof alertWatch>;

/** Plays the walk; returns the time of its last sample. */
function play(watch: Walk, walk: readonly Figures[], each: () => void = () => undefined): number {
  let time = SETTLED;
  for (const one of walk) {
    time += one.seconds * 1000;
    watch.set({ limit: one.limit, worker: one.worker });
    watch.tick(time, ...(one.there ? [sampleOf(one)] : []));
    each();
  }
  return time;
}

/** All GPUs are healthy from here on. */
function calm(watch: Walk, from: number): void {
  watch.set({ limit: 0, worker: null, telemetry: { processes: [] } });
  const well = [0, 1].map((index) => quietGpu({ uuid: `GPU-${index}`, index }));
  for (let time = from + 5_000; time <= from + 15 * 60_000; time += 5_000) watch.tick(time, ...well);
}

describe('over any random walk', () => {
  it('no alert is raised twice without an end in between, and each ends once', () => {
    fc.assert(
      fc.property(fc.array(values, { maxLength: 80 }), (walk) => {
        const watch = alertWatch();
        play(watch, walk, () => {
          const lasting = watch.lasting().map(({ kind, gpuUuid }) => `${kind} ${gpuUuid}`);
          expect(new Set(lasting).size).toBe(lasting.length);
        });
        const ends = watch.ended.map(({ id }) => id);
        expect(new Set(ends).size).toBe(ends.length);
        for (const { endedAt, since } of watch.ended) expect(endedAt).toBeGreaterThanOrEqual(since);
      }),
    );
  });

  it('every alert ends once its cause is gone, and leaves no state', () => {
    fc.assert(
      fc.property(fc.array(values, { maxLength: 60 }), (walk) => {
        const watch = alertWatch();
        calm(watch, play(watch, walk));
        expect(watch.lasting()).toEqual([]);
        expect(watch.state().watched.watches.size).toBe(0);
      }),
      { numRuns: 40 },
    );
  });

  it('missing values raise nothing, and end nothing', () => {
    fc.assert(
      fc.property(fc.array(values, { maxLength: 30 }), fc.array(fc.integer({ min: 1, max: 400 })), (walk, holes) => {
        const watch = alertWatch();
        let time = play(
          watch,
          walk.map((one) => ({ ...one, there: true, index: 0, state: 'ok' as const })),
        );
        watch.set({ limit: 0.5, worker: 'running' });
        // A leak ends because of a run, not because of a value.
        watch.tick(time, quietGpu({ ...nothing, uuid: 'GPU-0' }));
        const before = [watch.raised.length, watch.ended.length];
        for (const seconds of holes) {
          time += seconds * 1000;
          watch.tick(time, quietGpu({ ...nothing, uuid: 'GPU-0' }));
        }
        expect([watch.raised.length, watch.ended.length]).toEqual(before);
      }),
    );
  });

  it('a step does not change its input state', () => {
    fc.assert(
      fc.property(fc.array(values, { minLength: 1, maxLength: 30 }), (walk) => {
        const watch = alertWatch();
        for (const one of walk) {
          const state = watch.state();
          const before = structuredClone(state);
          play(watch, [one]);
          expect(state).toEqual(before);
        }
      }),
      { numRuns: 30 },
    );
  });
});

const nothing = Object.fromEntries(gpuMetrics.map((name) => [name, null])) as Pick<
  ReturnType<typeof gpuSample>,
  (typeof gpuMetrics)[number]
>;

describe('the memory of the rules', () => {
  it('is bounded, whatever comes and goes', () => {
    const watch = alertWatch();
    for (let n = 0; n < 700; n += 1) {
      const uuid = `GPU-${n}`;
      const names = [0, 1, 2].map((one) =>
        gpuProcess({ gpuUuid: uuid, pid: n * 3 + one, name: `p${n}`, usedMiB: 9_000 }),
      );
      watch.set({ telemetry: { processes: names } });
      watch.tick(SETTLED + n * 1_000, quietGpu({ uuid, memoryUsedMiB: 9_990, memoryFreeMiB: 10 }));
    }
    const { watched, gpus, processes } = watch.state();
    expect(gpus.size).toBeLessThanOrEqual(65);
    expect(watched.watches.size).toBeLessThan(300);
    expect(watched.quiet.size).toBeLessThanOrEqual(500);
    expect(processes.keys.size).toBe(3);
  });
});
