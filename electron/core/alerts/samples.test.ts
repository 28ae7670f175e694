import { describe, expect, it } from 'vitest';
import { alertWatch, quietGpu, SETTLED } from '#alert-watch';
import type { GpuSample } from '#contract';

const share = (usedMiB: number) => ({
  ...{ usedMiB, contextMiB: 0, weightsMiB: 0, kvCacheMiB: 0, activationsMiB: 0, keptMiB: 0 },
});
const holding = (used: number, ours: number | null = null, rest: Partial<GpuSample> = {}) =>
  quietGpu({
    ...{ memoryUsedMiB: used, memoryFreeMiB: 10_000 - used, ours: ours === null ? null : share(ours) },
    ...rest,
  });
const kinds = (step: { raised: { alert: { kind: string } }[] }) => step.raised.map(({ alert }) => alert.kind);
const minute = 60_000;

function settled(given: Parameters<typeof alertWatch>[0] = {}) {
  const watch = alertWatch(given);
  watch.tick(0, quietGpu());
  return watch;
}

describe('headroom', () => {
  it('is raised under the threshold, stays active in between, and ends a quarter above it', () => {
    const watch = settled();
    watch.set({ limit: 0.5, worker: 'running' });
    expect(kinds(watch.tick(SETTLED, holding(6_000, 4_488)))).toEqual([]);
    const { raised } = watch.tick(SETTLED + 500, holding(6_000, 4_688));
    expect(raised).toMatchObject([
      {
        notify: true,
        alert: {
          kind: 'headroom',
          level: 'warning',
          gpuUuid: 'GPU-0',
          since: SETTLED + 500,
          endedAt: null,
          sentence: { text: expect.stringContaining('GPU 0: 312 MiB of headroom left (under 512 MiB). The limit') },
          values: { gpu: 0, headroomMiB: 312, belowMiB: 512, bound: 'limit' },
        },
      },
    ]);
    watch.tick(SETTLED + 1_000, holding(6_000, 4_700));
    watch.tick(SETTLED + 1_500, holding(6_000, 4_370));
    expect(watch.raised).toHaveLength(1);
    expect(watch.ended).toEqual([]);
    watch.tick(SETTLED + 2_000, holding(6_000, 4_350));
    expect(watch.ended).toMatchObject([{ id: raised[0]?.alert.id, endedAt: SETTLED + 2_000 }]);
  });

  it('is bounded by the card where others use more', () => {
    const watch = settled({ card: { on: false, over: 0.97 } });
    watch.set({ limit: 0.9, worker: 'idle' });
    const { raised } = watch.tick(SETTLED, holding(9_800, 100));
    expect(raised[0]?.alert).toMatchObject({ values: { headroomMiB: 200, bound: 'card' } });
    expect(raised[0]?.alert.sentence.code).toBe('alerts.headroomByCard');
  });

  it('limits a late report of the backend to the memory in use', () => {
    const watch = settled();
    watch.set({ limit: 0.5, worker: 'running' });
    expect(kinds(watch.tick(SETTLED, holding(3_000, 4_900)))).toEqual([]);
  });

  it('uses half of a small budget as its threshold', () => {
    const watch = settled();
    watch.set({ limit: 0.08, worker: 'running' });
    expect(kinds(watch.tick(SETTLED, holding(390, 390)))).toEqual([]);
    const { raised } = watch.tick(SETTLED + 500, holding(410, 410));
    expect(raised[0]?.alert.values).toMatchObject({ headroomMiB: 390, belowMiB: 400 });
  });

  it('stays while a running backend does not report, and ends without a backend', () => {
    const watch = settled();
    watch.set({ limit: 0.5, worker: 'running' });
    watch.tick(SETTLED, holding(6_000, 4_900));
    watch.tick(SETTLED + 500, holding(6_000, null));
    expect(watch.ended).toEqual([]);
    watch.set({ worker: null });
    watch.tick(SETTLED + 1_000, holding(1_000, null));
    expect(watch.lasting()).toEqual([]);
  });
});

describe('shares', () => {
  it('of the limit: ours against limit x total', () => {
    const watch = settled({ headroom: { on: false, belowMiB: 0 } });
    watch.set({ limit: 0.5, worker: 'running' });
    expect(kinds(watch.tick(SETTLED, holding(6_000, 4_750)))).toEqual([]);
    expect(watch.tick(SETTLED + 500, holding(6_000, 4_900)).raised[0]?.alert).toMatchObject({
      kind: 'limit',
      sentence: { text: expect.stringContaining('Headroom uses 4900 MiB, 98 % of the 5000 MiB budget') },
      values: { oursMiB: 4_900, budgetMiB: 5_000, percent: 98, overPercent: 95 },
    });
    watch.tick(SETTLED + 1_000, holding(6_000, 4_700));
    expect(watch.lasting()).toHaveLength(1);
    watch.tick(SETTLED + 1_500, holding(6_000, 4_600));
    expect(watch.lasting()).toEqual([]);
  });

  it('of the limit: ends when the limit is removed', () => {
    const watch = settled({ headroom: { on: false, belowMiB: 0 } });
    watch.set({ limit: 0.5, worker: 'running' });
    watch.tick(SETTLED, holding(6_000, 4_900));
    expect(watch.lasting()).toHaveLength(1);
    watch.set({ limit: 0 });
    watch.tick(SETTLED + 500, holding(6_000, 4_900));
    expect(watch.lasting()).toEqual([]);
  });

  it("of the card: the driver's part counts as taken", () => {
    const watch = settled({ headroom: { on: false, belowMiB: 0 } });
    const full = holding(9_400, null, { memoryReservedMiB: 400, memoryFreeMiB: 200 });
    expect(watch.tick(SETTLED, full).raised[0]?.alert).toMatchObject({
      kind: 'card',
      values: { takenMiB: 9_800, totalMiB: 10_000, percent: 98 },
    });
    watch.tick(SETTLED + 500, holding(9_600));
    expect(watch.lasting()).toHaveLength(1);
    watch.tick(SETTLED + 1_000, holding(9_400));
    expect(watch.lasting()).toEqual([]);
  });
});

describe('a leak', () => {
  const idle = (given: Parameters<typeof alertWatch>[0] = {}) => {
    const watch = settled(given);
    watch.set({ worker: 'idle' });
    watch.ticks(0, 20_000, holding(2_000, 1_000));
    return watch;
  };

  it("is growth while idle above the window's minimum; it ends once half is freed", () => {
    const watch = idle();
    watch.ticks(21_000, 5 * minute, holding(2_000, 1_250));
    expect(watch.raised).toEqual([]);
    const { raised } = watch.tick(5 * minute + 500, holding(2_000, 1_300));
    expect(raised[0]?.alert).toMatchObject({ kind: 'leak', values: { grownMiB: 300, fromMiB: 1_000, oursMiB: 1_300 } });
    // Leaked memory that stays is still leaked, long after the window.
    watch.ticks(6 * minute, 40 * minute, holding(2_000, 1_300));
    expect(watch.lasting()).toHaveLength(1);
    watch.tick(40 * minute + 500, holding(2_000, 1_150));
    expect(watch.lasting()).toHaveLength(1);
    watch.tick(41 * minute, holding(2_000, 1_100));
    expect(watch.lasting()).toEqual([]);
  });

  it('does not occur where the growth takes longer than the window', () => {
    const watch = idle();
    for (let at = 1; at <= 60; at += 1) watch.tick(at * minute, holding(3_000, 1_000 + at * 20));
    expect(watch.raised).toEqual([]);
  });

  it('does not occur during a run, while a model loads, or with an unknown worker', () => {
    for (const change of [{ run: true }, { worker: 'loading' as const }, { worker: null }]) {
      const watch = idle();
      watch.set(change);
      watch.ticks(21_000, 60_000, holding(5_000, 4_000));
      expect(watch.raised).toEqual([]);
    }
  });

  it('ignores the first seconds after a start', () => {
    const watch = settled();
    watch.set({ worker: 'idle' });
    watch.ticks(1_000, 8_000, holding(2_000, 0));
    watch.ticks(9_000, 5 * minute, holding(2_000, 500));
    expect(watch.raised).toEqual([]);
  });

  it('ends when a run starts', () => {
    const watch = idle();
    watch.ticks(21_000, minute, holding(2_000, 1_400));
    expect(watch.lasting()).toHaveLength(1);
    watch.set({ run: true });
    watch.tick(61_000, holding(2_000, 1_400));
    expect(watch.lasting()).toEqual([]);
  });
});

describe('heat and throttling', () => {
  it('is hot after its time without interruption, and ends three degrees below', () => {
    const watch = settled();
    watch.ticks(0, 9 * minute, quietGpu({ temperature: 90 }));
    watch.tick(9 * minute + 1_000, quietGpu({ temperature: 85 }));
    const again = 9 * minute + 2_000;
    watch.ticks(again, again + 10 * minute - 1_000, quietGpu({ temperature: 86 }));
    expect(watch.raised).toEqual([]);
    const { raised } = watch.tick(again + 10 * minute, quietGpu({ temperature: 88 }));
    expect(raised[0]?.alert).toMatchObject({ kind: 'hot', values: { celsius: 88, overCelsius: 85, minutes: 10 } });
    watch.tick(again + 11 * minute, quietGpu({ temperature: 82 }));
    expect(watch.lasting()).toHaveLength(1);
    watch.tick(again + 11 * minute + 500, quietGpu({ temperature: 81 }));
    expect(watch.lasting()).toEqual([]);
  });

  it('does not count a gap in the samples as heat', () => {
    const watch = settled();
    watch.ticks(0, 5 * minute, quietGpu({ temperature: 90 }));
    watch.tick(30 * minute, quietGpu({ temperature: 90 }));
    expect(watch.raised).toEqual([]);
    watch.ticks(30 * minute, 40 * minute, quietGpu({ temperature: 90 }));
    expect(watch.raised).toHaveLength(1);
  });

  it('is throttled by heat or power after its time, and ends after half a minute without', () => {
    const watch = settled();
    watch.ticks(0, 6 * minute, quietGpu({ throttle: 0x4 }));
    expect(watch.raised).toEqual([]);
    watch.ticks(7 * minute, 12 * minute, quietGpu({ throttle: 0x40 | 0x4 }));
    expect(watch.raised[0]?.alert).toMatchObject({ kind: 'brake', values: { reasons: 'hw_thermal', minutes: 5 } });
    watch.ticks(12 * minute + 1_000, 12 * minute + 20_000, quietGpu());
    watch.tick(12 * minute + 21_000, quietGpu({ throttle: 0x80 }));
    watch.ticks(12 * minute + 22_000, 12 * minute + 51_000, quietGpu());
    expect(watch.lasting()).toHaveLength(1);
    watch.tick(12 * minute + 52_000, quietGpu());
    expect(watch.lasting()).toEqual([]);
  });
});

describe('memory errors', () => {
  it('are reported when they increase, and end ten minutes after the last', () => {
    const watch = settled();
    watch.tick(1_000, quietGpu({ eccUncorrected: 0 }));
    watch.tick(SETTLED, quietGpu({ eccUncorrected: null }));
    expect(watch.tick(SETTLED + 500, quietGpu({ eccUncorrected: 2 })).raised[0]?.alert).toMatchObject({
      ...{ kind: 'ecc', level: 'error', values: { more: 2, errors: 2 } },
    });
    watch.ticks(SETTLED + 1_000, SETTLED + 5 * minute, quietGpu({ eccUncorrected: 2 }));
    watch.ticks(SETTLED + 5 * minute + 1_000, SETTLED + 15 * minute, quietGpu({ eccUncorrected: 3 }));
    expect([watch.raised.length, watch.ended.length]).toEqual([1, 0]);
    watch.ticks(SETTLED + 15 * minute + 1_000, SETTLED + 16 * minute, quietGpu({ eccUncorrected: 3 }));
    expect(watch.lasting()).toEqual([]);
  });

  it('from before are shown without a notification; a reset counter is none', () => {
    const watch = alertWatch();
    expect(watch.tick(0, quietGpu({ eccUncorrected: 7 })).raised).toMatchObject([
      { notify: false, alert: { kind: 'ecc', quiet: true, values: { errors: 7, when: 'before' } } },
    ]);
    watch.ticks(1_000, 11 * minute, quietGpu({ eccUncorrected: 0 }));
    expect(watch.lasting()).toEqual([]);
    watch.tick(30 * minute, quietGpu({ eccUncorrected: 1 }));
    expect(watch.raised[1]).toMatchObject({ notify: true, alert: { values: { more: 1, when: 'now' } } });
  });
});

describe('any rule', () => {
  it('that is switched off raises nothing, and ends what it raised', () => {
    const watch = settled({ headroom: { on: false, belowMiB: 512 } });
    watch.tick(SETTLED, holding(9_900));
    expect(watch.lasting()).toMatchObject([{ kind: 'card' }]);
    watch.set({ settings: { card: { on: false, over: 0.97 } } });
    watch.tick(SETTLED + 500, holding(9_900));
    expect(watch.lasting()).toEqual([]);
  });

  it('notifies nothing within the quiet time after its end, but shows it', () => {
    const watch = settled({ headroom: { on: false, belowMiB: 512 } });
    const cross = (at: number) => {
      watch.tick(at - 500, holding(1_000));
      return watch.tick(at, holding(9_900)).raised.map(({ notify, alert }) => [notify, alert.quiet ?? false]);
    };
    expect(cross(SETTLED)).toEqual([[true, false]]);
    // It ended half a second earlier.
    expect(cross(SETTLED + 9 * minute)).toEqual([[false, true]]);
    expect(cross(SETTLED + 18 * minute)).toEqual([[false, true]]);
    watch.tick(SETTLED + 18 * minute + 500, holding(1_000));
    expect(cross(SETTLED + 28 * minute + 500)).toEqual([[true, false]]);
    expect(new Set(watch.raised.map(({ alert }) => alert.id)).size).toBe(4);
  });

  it('shows existing conditions at the first sample without a notification', () => {
    const watch = alertWatch();
    const { raised } = watch.tick(0, holding(9_900));
    expect(raised.map(({ notify, alert }) => [alert.kind, notify, alert.quiet])).toEqual([
      ['headroom', false, true],
      ['card', false, true],
    ]);
  });

  it('watches each GPU separately', () => {
    const watch = settled({ headroom: { on: false, belowMiB: 512 } });
    const second = (used: number) => holding(used, null, { uuid: 'GPU-1', index: 1 });
    watch.tick(SETTLED, holding(9_900), second(1_000));
    watch.tick(SETTLED + 500, holding(9_900), second(9_900));
    watch.tick(SETTLED + 1_000, holding(1_000), second(9_900));
    expect(watch.raised.map(({ alert }) => [alert.gpuUuid, alert.values.gpu])).toEqual([
      ['GPU-0', 0],
      ['GPU-1', 1],
    ]);
    expect(watch.lasting()).toMatchObject([{ gpuUuid: 'GPU-1' }]);
  });
});
