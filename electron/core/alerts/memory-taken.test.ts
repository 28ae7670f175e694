import { describe, expect, it } from 'vitest';
import { alertWatch, quietGpu, SETTLED } from '#alert-watch';
import { type Telemetry, verbatim } from '#contract';
import { gpuProcess } from '#samples';

const minute = 60_000;
const second = quietGpu({ uuid: 'GPU-1', index: 1 });
const settled = () => {
  const watch = alertWatch();
  watch.tick(0, quietGpu(), second);
  return watch;
};

describe('memory taken by another process', () => {
  const other = (usedMiB: number | null, pid = 77, name = '/usr/bin/python train.py') =>
    gpuProcess({ gpuUuid: 'GPU-1', pid, name, user: 'bob', usedMiB, startTime: pid * 10, protection: 'other_user' });
  const list = (...processes: Telemetry['processes']) => ({ telemetry: { processes } });

  it('names the process once per crossing, and ends under 90 %', () => {
    const watch = settled();
    const seen = (at: number, usedMiB: number | null) => {
      watch.set(list(other(usedMiB)));
      return watch.tick(SETTLED + at, quietGpu(), second).raised;
    };
    expect(seen(0, 1_000)).toEqual([]);
    expect(seen(3_000, 20_000)[0]).toMatchObject({
      notify: true,
      alert: {
        kind: 'taken',
        gpuUuid: 'GPU-1',
        sentence: {
          text: expect.stringContaining('GPU 1: python (pid 77, user bob) has allocated 20000 MiB (over 1024 MiB)'),
        },
        values: { gpu: 1, name: 'python', pid: 77, user: 'bob', usedMiB: 20_000, overMiB: 1_024 },
      },
    });
    expect([...seen(6_000, 30_000), ...seen(9_000, 1_000), ...seen(12_000, null), ...seen(15_000, 20_000)]).toEqual([]);
    expect(watch.ended).toEqual([]);
    seen(18_000, 900);
    expect(watch.lasting()).toEqual([]);
    expect(seen(21_000, 20_000)).toMatchObject([{ notify: false, alert: { quiet: true } }]);
  });

  it('from before the panel is shown without a notification, and says so', () => {
    const watch = alertWatch();
    const seen = (at: number, usedMiB: number) => {
      watch.set(list(other(usedMiB)));
      return watch.tick(at, quietGpu(), second).raised;
    };
    expect(seen(0, 20_000)).toMatchObject([
      {
        notify: false,
        alert: {
          ...{ kind: 'taken', quiet: true, values: { usedMiB: 20_000, when: 'before' } },
          sentence: { text: expect.stringContaining('since before Headroom started') },
        },
      },
    ]);
    expect([seen(3_000, 20_500), seen(SETTLED, 950), seen(SETTLED + 3_000, 500)]).toEqual([[], [], []]);
    expect(watch.lasting()).toEqual([]);
    expect(seen(20 * minute, 20_000)).toMatchObject([{ notify: true, alert: { values: { when: 'now' } } }]);
  });

  it('ends when the process exits, not when the list is empty for a moment or unavailable', () => {
    const watch = settled();
    watch.set(list(other(20_000)));
    watch.tick(SETTLED, quietGpu(), second);
    // Only the list fails, as after a driver update.
    const processesFault = { kind: 'version_mismatch', sentence: verbatim('mismatch'), exitCode: 18 } as const;
    watch.set({ telemetry: { processes: [], state: 'ok', processesFault } });
    watch.ticks(SETTLED + 1_000, SETTLED + 4_000, quietGpu(), second);
    watch.set({ telemetry: { processes: [], processesFault: null, state: 'failed' } });
    watch.pass(SETTLED + 5_000);
    watch.pass(SETTLED + 10_000);
    watch.set({ telemetry: { processes: [], state: 'ok' } });
    watch.tick(SETTLED + 11_000, quietGpu(), second);
    watch.set(list(other(20_000)));
    watch.tick(SETTLED + 12_000, quietGpu(), second);
    expect([watch.raised.length, watch.ended.length]).toEqual([1, 0]);
    watch.set(list());
    watch.ticks(SETTLED + 13_000, SETTLED + 15_000, quietGpu(), second);
    expect(watch.lasting()).toEqual([]);
    expect(watch.state().watched.watches.size).toBe(0);
  });

  it('notifies about another program within the quiet time, and not about the same one with another pid', () => {
    const watch = settled();
    const notified = (at: number, ...processes: Telemetry['processes']) => {
      watch.set(list(...processes));
      return watch.tick(SETTLED + at, quietGpu(), second).raised.map(({ notify }) => notify);
    };
    expect(notified(0, other(20_000))).toEqual([true]);
    notified(1_000, other(100));
    expect(notified(2_000, other(100), other(20_000, 78))).toEqual([false]);
    expect(notified(3_000, other(100), other(20_000, 79, 'C:\\tools\\game.exe'))).toEqual([true]);
  });

  it.each([
    ['one of ours', { ours: true, protection: 'backend' }],
    ['the panel', { protection: 'panel' }],
    ['what draws the screen', { protection: 'screen' }],
  ] as const)('is never %s', (_, who) => {
    const watch = settled();
    watch.set(list({ ...other(20_000), ...who }));
    watch.tick(SETTLED, quietGpu(), second);
    expect(watch.raised).toEqual([]);
  });

  it('is another panel and whoever cannot be telemetry', () => {
    for (const protection of ['other_panel', 'unknown'] as const) {
      const watch = settled();
      watch.set(list({ ...other(20_000), protection }));
      watch.tick(SETTLED, quietGpu(), second);
      expect(watch.raised).toHaveLength(1);
    }
  });
});
