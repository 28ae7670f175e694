import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { alertWatch, quietGpu, SETTLED } from '#alert-watch';
import type { Telemetry } from '#contract';
import { gpuProcess } from '#samples';
import type { LastKnown } from './rules/growth.ts';

const minute = 60_000;
const GPU = quietGpu().uuid;
const START = 10 ** 12;
const other = (usedMiB: number | null, given: Partial<Telemetry['processes'][number]> = {}) =>
  gpuProcess({
    gpuUuid: GPU,
    pid: 77,
    name: 'train',
    user: 'bob',
    startTime: 5_000,
    since: START - 60 * minute,
    protection: 'other_user',
    usedMiB,
    ...given,
  });
const list = (...processes: Telemetry['processes']) => ({ telemetry: { processes } });

/** What is raised about growth when the process holds this many MiB at this minute. */
function watching(lastKnown?: LastKnown, on = false) {
  const watch = alertWatch({ taken: { on, overMiB: 1_024 } }, lastKnown);
  const holds = (at: number, ...processes: Telemetry['processes']) => {
    watch.set(list(...processes));
    const before = watch.raised.length;
    // Long enough for the end of what is gone.
    for (const later of [0, 1_500, 3_000]) watch.tick(START + at * minute + later, quietGpu());
    return watch.raised
      .slice(before)
      .map(({ notify, alert: { values } }) => [notify, values.fromMiB, values.usedMiB, values.when]);
  };
  return { watch, holds };
}

describe('a process of others', () => {
  it('that grows slowly is told at the threshold, and at each doubling', () => {
    const { watch, holds } = watching();
    const raised: unknown[] = [];
    // From 1.2 to 11.5 GiB within eight hours.
    for (let at = 0; at <= 480; at += 1) raised.push(...holds(at, other(1_229 + (10_547 * at) / 480)));
    expect(raised).toEqual(
      [
        [true, 1_229, 2_262, 'now'],
        [true, 1_229, 3_294, 'now'],
        [true, 1_229, 5_338, 'now'],
        [true, 1_229, 9_425, 'now'],
      ].map(([notify, from, used, when]) => [notify, from, expect.closeTo(used as number, -2), when]),
    );
    expect(watch.lasting()).toMatchObject([{ kind: 'grown', values: { name: 'train', pid: 77, user: 'bob' } }]);
    expect(watch.lasting()[0]?.sentence.text).toMatch(
      /^GPU 0: train \(pid 77, user bob\) has grown from 1229 to 94\d\d MiB in 37\d min\./,
    );
  });

  it('that grew while Headroom was closed is told at the start, without a notification', () => {
    const known = new Map([[`${GPU} 77 5000`, { usedMiB: 1_229, time: START - 180 * minute }]]);
    const { watch, holds } = watching(known);
    expect(holds(0, other(11_776))).toEqual([[false, 1_229, 11_776, 'closed']]);
    expect(watch.lasting()[0]?.sentence.text).toContain('from 1229 to 11776 MiB since Headroom last ran, 180 min ago');
    expect([holds(1, other(11_900)), holds(30, other(12_000))]).toEqual([[], []]);
    // Another process with the same pid, or one that has held still.
    expect(watching(known).holds(0, other(11_776, { startTime: 6_000 }))).toEqual([]);
    expect(watching(known).holds(0, other(1_300))).toEqual([]);
  });

  it('that loads a model, or frees memory and takes it again, has not grown', () => {
    const { holds } = watching();
    holds(0);
    // `startTime` is in clock ticks since boot.
    const young = (usedMiB: number) => other(usedMiB, { since: START + minute });
    const raised = [1, 2, 3, 4, 5].map((at) => holds(at, young(at * 4_000)));
    for (let at = 10; at < 100; at += 1) raised.push(holds(at, young(at % 2 ? 3_000 : 20_500)));
    expect(raised.flat()).toEqual([]);
    expect(holds(101, young(21_100))).toHaveLength(1);
  });

  it('that takes much at once is told of that once, and of growth only after it has settled', () => {
    const { watch, holds } = watching(undefined, true);
    holds(0, other(500));
    holds(10, other(20_000));
    holds(12, other(24_000));
    expect(watch.raised.map(({ alert }) => alert.kind)).toEqual(['taken']);
    holds(30, other(26_000));
    expect(watch.raised.map(({ alert }) => [alert.kind, alert.values.fromMiB])).toEqual([
      ['taken', undefined],
      ['grown', 24_000],
    ]);
  });

  it('that grew while Headroom was closed has one alert, not two', () => {
    const known = new Map([[`${GPU} 77 5000`, { usedMiB: 1_229, time: START - 180 * minute }]]);
    const { watch, holds } = watching(known, true);
    holds(0, other(11_776));
    holds(5, other(11_800));
    expect(watch.raised.map(({ alert }) => alert.kind)).toEqual(['grown']);
  });

  it('ends the alert once half of the growth is freed, or it exits', () => {
    const { watch, holds } = watching();
    holds(0, other(1_000));
    expect(holds(10, other(2_100))).toHaveLength(1);
    holds(11, other(1_600));
    expect(watch.lasting()).toHaveLength(1);
    holds(12, other(1_500));
    expect(watch.lasting()).toEqual([]);
    expect(holds(40, other(2_100))).toHaveLength(1);
    holds(41);
    holds(42);
    expect(watch.lasting()).toEqual([]);
    holds(43);
    expect(watch.state().processes.growth.size).toBe(0);
  });

  it.each([{ ours: true }, { protection: 'screen' as const }, { protection: 'backend' as const }])(
    'is never %j',
    (who) => {
      const { holds } = watching();
      holds(0, other(1_000, who));
      expect(holds(10, other(9_000, who))).toEqual([]);
    },
  );

  it('whose memory is unknown or swings below the threshold raises nothing', () => {
    const used = fc.option(fc.integer({ min: 5_000, max: 6_000 }));
    fc.assert(
      fc.property(fc.array(used, { maxLength: 40 }), (values) => {
        const { holds, watch } = watching();
        for (const [at, usedMiB] of values.entries()) holds(at, other(usedMiB));
        expect(watch.raised).toEqual([]);
      }),
    );
  });

  it('that is off raises nothing, and its alert ends', () => {
    const { watch, holds } = watching();
    holds(0, other(1_000));
    holds(10, other(5_000));
    watch.set({ settings: { grown: { on: false, growsMiB: 1_024 } } });
    watch.tick(START + 10 * minute + SETTLED, quietGpu());
    expect(watch.lasting()).toEqual([]);
  });
});
