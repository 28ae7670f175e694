import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { throttleBits } from '#contract';
import { gpuProcess, gpuSample, tickOf } from '#samples';
import { HOUR, historyWorld, NOW } from '../testing.ts';
import { energyOf, type Reading, secondsOf, segmentsOf, segmentsOfBuckets, throttledBy, within } from './segments.ts';

const GAP = 6_000;
const CAP = throttleBits.sw_power_cap;

describe('the integral of a run', () => {
  const readings = fc
    .array(
      fc.record({
        after: fc.integer({ min: 1, max: 2 * GAP }),
        power: fc.oneof(fc.integer({ min: 0, max: 700 }), fc.constant(Number.NaN)),
        bits: fc.oneof(fc.integer({ min: 0, max: 0x1ff }), fc.constant(Number.NaN)),
      }),
      { minLength: 1, maxLength: 60 },
    )
    .map((list) => {
      let time = 0;
      return list.map(({ after, ...rest }): Reading => {
        time += after;
        return { time, ...rest };
      });
    });
  const places = fc.tuple(fc.nat(200_000), fc.nat(200_000), fc.nat(200_000)).map((all) => all.sort((a, b) => a - b));

  it('is the sum of those of its parts, wherever it is split', () => {
    fc.assert(
      fc.property(readings, places, (list, [from = 0, middle = 0, to = 0]) => {
        const all = segmentsOf(list, GAP);
        const [whole, first, rest] = [
          within(all, from, to),
          within(all, from, middle),
          within(all, middle, to),
        ] as const;
        const sum = (of: (part: typeof whole) => number) => of(first) + of(rest);
        expect(energyOf(whole).joules).toBeCloseTo(
          sum((part) => energyOf(part).joules),
          6,
        );
        expect(secondsOf(whole)).toBeCloseTo(sum(secondsOf), 6);
        expect(secondsOf(whole)).toBeLessThanOrEqual((to - from) / 1_000);
        expect(throttledBy(whole, ['sw_power_cap']).any?.most ?? 0).toBeCloseTo(
          sum((part) => throttledBy(part, ['sw_power_cap']).any?.most ?? 0),
          6,
        );
      }),
    );
  });

  it('is bounded by the largest power, has no gap in it, and ignores the order of samples', () => {
    fc.assert(
      fc.property(readings, (list) => {
        const end = list.at(-1)?.time ?? 0;
        const { joules, seconds } = energyOf(within(segmentsOf(list, GAP), 0, end));
        const most = Math.max(0, ...list.map(({ power }) => power).filter((power) => !Number.isNaN(power)));
        expect(joules).toBeLessThanOrEqual(most * seconds + 1e-6);
        const steps = list.slice(1).map(({ time }, i) => time - (list[i]?.time ?? 0));
        const covered = steps.filter((step) => step <= GAP).reduce((sum, step) => sum + step, 0);
        expect(secondsOf(segmentsOf([...list].reverse(), GAP))).toBeCloseTo(covered / 1_000, 6);
      }),
    );
  });

  it('of constant power is power times time, whatever the interval', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: GAP }), fc.integer({ min: 2, max: 50 }), (step, count) => {
        const list = Array.from({ length: count }, (_, i) => ({ time: i * step, power: 250, bits: CAP }));
        const all = segmentsOf(list, GAP);
        expect(energyOf(all)).toEqual({
          joules: expect.closeTo((250 * step * (count - 1)) / 1_000, 6),
          seconds: secondsOf(all),
        });
        expect(throttledBy(all, ['sw_power_cap']).any?.least).toBeCloseTo(secondsOf(all), 6);
      }),
    );
  });

  it('counts a bucket that a restart split once, and bounds what it does not know', () => {
    const buckets = segmentsOfBuckets(
      [
        { time: 0, count: 3, power: 100, bits: [CAP, CAP] },
        { time: 0, count: 1, power: 300, bits: [0, CAP] },
        { time: 10_000, count: 4, power: Number.NaN, bits: [CAP, CAP] },
      ],
      10_000,
    );
    expect([secondsOf(buckets), energyOf(buckets)]).toEqual([20, { joules: 1_500, seconds: 10 }]);
    expect(throttledBy(buckets, ['sw_power_cap'])).toEqual({
      any: { least: 10, most: 20 },
      reasons: [{ reason: 'sw_power_cap', least: 10, most: 20 }],
    });
  });
});

describe('the conditions of a run', () => {
  let world: Awaited<ReturnType<typeof historyWorld>>;
  beforeEach(async () => {
    world = await historyWorld();
  });
  afterEach(() => world.remove());

  const OURS = { usedMiB: 900, contextMiB: 300, weightsMiB: 500, kvCacheMiB: 50, activationsMiB: 50, keptMiB: 0 };
  const sample = (second: number, uuid: string, ours = OURS as typeof OURS | null) =>
    gpuSample({ uuid, ours, powerDrawW: 200, throttle: second >= 60 && second < 101 ? CAP : 0 });

  it('name the energy, the throttling and the other processes of the GPUs that it used, and what is unknown', async () => {
    const history = await world.open();
    for (let second = 0; second <= 271; second += 1) {
      const time = NOW + second * 1_000;
      // A minute of it was not sampled.
      if (second <= 130 || second > 190)
        history.addTick(tickOf(time, sample(second, 'GPU-0'), sample(second, 'GPU-1'), sample(second, 'GPU-2', null)));
      if (second % 5 === 0)
        history.addProcesses(time, [
          gpuProcess({ pid: 7, name: 'python', ours: true, usedMiB: 900, startTime: 1 }),
          ...(second < 100 ? [gpuProcess({ pid: 8, name: 'train.py', usedMiB: 4_000, startTime: 2 })] : []),
        ]);
    }
    const found = await history.conditions({ from: NOW, to: NOW + 271_000 });
    expect(found.map(({ uuid }) => uuid)).toEqual(['GPU-0', 'GPU-1']);
    const [first, second] = found;
    expect(first).toMatchObject({ sampledSeconds: 210, poweredSeconds: 210, energyJ: 42_000, oursMaxMiB: 900 });
    expect(first).toMatchObject({ throttled: { least: 41, most: 41 }, reasons: [{ reason: 'sw_power_cap' }] });
    expect(first?.others).toEqual([{ pid: 8, name: 'train.py', seconds: expect.closeTo(100, -1), maxMiB: 4_000 }]);
    // Nobody was listed on it, not even we: who else was there is unknown.
    expect(second?.others).toBeNull();
    expect(await history.conditions({ from: NOW - HOUR, to: NOW - HOUR + 1 })).toEqual([]);
  });

  it('of an old run come from what is left of its samples', async () => {
    const history = await world.open();
    for (let second = 0; second <= 4 * 3_600; second += 1)
      history.addTick(tickOf(NOW + second * 1_000, sample(second, 'GPU-0')));
    const [found] = await history.conditions({ from: NOW + 5_000, to: NOW + 125_000 });
    expect(found).toMatchObject({ sampledSeconds: 120, throttled: { least: 40, most: 50 } });
    expect(found?.energyJ).toBeCloseTo(24_000, 3);
  });
});
