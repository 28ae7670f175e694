import { describe, expect, it } from 'vitest';
import { alertWatch, quietGpu, SETTLED } from '#alert-watch';
import type { Telemetry, Xid } from '#contract';
import { gpuDevice, gpuProcess, telemetryOf } from '#samples';

const minute = 60_000;
const second = quietGpu({ uuid: 'GPU-1', index: 1 });
const settled = () => {
  const watch = alertWatch();
  watch.tick(0, quietGpu(), second);
  return watch;
};

describe('who took my memory', () => {
  const other = (usedMiB: number | null, pid = 77, name = '/usr/bin/python train.py') =>
    gpuProcess({ gpuUuid: 'GPU-1', pid, name, user: 'bob', usedMiB, startTime: pid * 10, spared: 'other_user' });
  const list = (...processes: Telemetry['processes']) => ({ told: { processes } });

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
        message: expect.stringContaining('GPU 1: python (pid 77, user bob) has taken 20000 MiB (over 1024 MiB)'),
        values: { gpu: 1, name: 'python', pid: 77, user: 'bob', usedMiB: 20_000, overMiB: 1_024 },
      },
    });
    expect([...seen(6_000, 30_000), ...seen(9_000, 1_000), ...seen(12_000, null), ...seen(15_000, 20_000)]).toEqual([]);
    expect(watch.ended).toEqual([]);
    seen(18_000, 900);
    expect(watch.lasting()).toEqual([]);
    expect(seen(21_000, 20_000)).toMatchObject([{ notify: false, alert: { quiet: true } }]);
  });

  it('says nothing of what was held before the panel began, until it is given back and taken anew', () => {
    const watch = alertWatch();
    watch.set(list(other(20_000)));
    const seen = (at: number, usedMiB: number) => {
      watch.set(list(other(usedMiB)));
      return watch.tick(at, quietGpu(), second).raised.length;
    };
    expect([seen(0, 20_000), seen(3_000, 20_500), seen(SETTLED, 30_000), seen(SETTLED + 3_000, 950)]).toEqual([
      0, 0, 0, 0,
    ]);
    expect([seen(SETTLED + 6_000, 500), seen(SETTLED + 9_000, 20_000)]).toEqual([0, 1]);
  });

  it('ends when the process is gone, not when the list is empty for a moment or cannot be had', () => {
    const watch = settled();
    watch.set(list(other(20_000)));
    watch.tick(SETTLED, quietGpu(), second);
    // The list alone fails, as after an update of the driver.
    const processesFault = { kind: 'version_mismatch', said: 'mismatch', exitCode: 18 } as const;
    watch.set({ told: { processes: [], state: 'ok', processesFault } });
    watch.ticks(SETTLED + 1_000, SETTLED + 4_000, quietGpu(), second);
    watch.set({ told: { processes: [], processesFault: null, state: 'failed' } });
    watch.pass(SETTLED + 5_000);
    watch.pass(SETTLED + 10_000);
    watch.set({ told: { processes: [], state: 'ok' } });
    watch.tick(SETTLED + 11_000, quietGpu(), second);
    watch.set(list(other(20_000)));
    watch.tick(SETTLED + 12_000, quietGpu(), second);
    expect([watch.raised.length, watch.ended.length]).toEqual([1, 0]);
    watch.set(list());
    watch.ticks(SETTLED + 13_000, SETTLED + 15_000, quietGpu(), second);
    expect(watch.lasting()).toEqual([]);
    expect(watch.state().watched.watches.size).toBe(0);
  });

  it('tells of another program within the quiet time of the first, and not of the same one under another pid', () => {
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
    ['one of ours', { ours: true, spared: 'backend' }],
    ['the panel', { spared: 'panel' }],
    ['what draws the screen', { spared: 'screen' }],
  ] as const)('is never %s', (_, who) => {
    const watch = settled();
    watch.set(list({ ...other(20_000), ...who }));
    watch.tick(SETTLED, quietGpu(), second);
    expect(watch.raised).toEqual([]);
  });

  it('is another panel and whoever cannot be told', () => {
    for (const spared of ['other_panel', 'unknown'] as const) {
      const watch = settled();
      watch.set(list({ ...other(20_000), spared }));
      watch.tick(SETTLED, quietGpu(), second);
      expect(watch.raised).toHaveLength(1);
    }
  });
});

describe('a GPU that was there', () => {
  it('is missing once two looks are without it, and there again after five seconds', () => {
    const watch = settled();
    watch.tick(SETTLED, quietGpu());
    watch.tick(SETTLED + 500, quietGpu(), second);
    watch.ticks(SETTLED + 1_000, SETTLED + 2_000, quietGpu());
    expect(watch.raised).toEqual([]);
    expect(watch.tick(SETTLED + 3_000, quietGpu()).raised).toMatchObject([
      { alert: { kind: 'gpu_missing', level: 'error', gpuUuid: 'GPU-1', values: { gpu: 1, state: 'vanished' } } },
    ]);
    watch.ticks(SETTLED + 4_000, SETTLED + 8_000, quietGpu(), second);
    expect(watch.lasting()).toHaveLength(1);
    watch.tick(SETTLED + 9_000, quietGpu(), second);
    expect(watch.lasting()).toEqual([]);
  });

  it.each([
    ['lost', 'Restart the machine'],
    ['needs_reset', '--gpu-reset'],
    ['no_permission', 'may not ask it'],
    ['unknown_error', 'unknown error'],
  ] as const)('is told with its state %s and its remedy', (state, remedy) => {
    const watch = settled();
    const ill = quietGpu({ state, memoryUsedMiB: null, temperature: null, throttle: null });
    watch.ticks(SETTLED, SETTLED + 5_000, ill, second);
    expect(watch.raised).toMatchObject([
      { alert: { message: expect.stringContaining(remedy), values: { gpu: 0, state } } },
    ]);
  });

  it('a GPU that is left to sleep is not missing', () => {
    const watch = settled();
    watch.tick(SETTLED, quietGpu(), second);
    watch.set({ told: { devices: [gpuDevice(), gpuDevice({ uuid: 'GPU-1', index: 1, asleep: true })] } });
    watch.ticks(SETTLED + 11_000, SETTLED + 600_000, quietGpu());
    expect(watch.raised).toEqual([]);
    watch.set({ told: { devices: [gpuDevice()] } });
    watch.ticks(SETTLED + 601_000, SETTLED + 610_000, quietGpu());
    expect(watch.lasting().map(({ kind }) => kind)).toEqual(['gpu_missing']);
  });

  it('takes what was said of its figures with it after a minute', () => {
    const watch = settled();
    const full = { ...second, memoryUsedMiB: 9_900, memoryFreeMiB: 100 };
    watch.tick(SETTLED, quietGpu(), full);
    expect(watch.lasting().map(({ kind }) => kind)).toEqual(['headroom', 'card']);
    watch.ticks(SETTLED + 1_000, SETTLED + minute, quietGpu());
    expect(watch.lasting().map(({ kind }) => kind)).toEqual(['headroom', 'card', 'gpu_missing']);
    watch.tick(SETTLED + minute + 1_000, quietGpu());
    expect(watch.lasting().map(({ kind }) => kind)).toEqual(['gpu_missing']);
  });
});

describe('a GPU of which no figures come', () => {
  const full = { ...second, memoryUsedMiB: 9_900, memoryFreeMiB: 100 };
  const taker = gpuProcess({ gpuUuid: 'GPU-1', pid: 77, usedMiB: 9_000, spared: 'other_user' });
  const kinds = (watch: ReturnType<typeof alertWatch>) => watch.lasting().map(({ kind }) => kind);
  const troubled = () => {
    const watch = settled();
    watch.set({ told: { processes: [taker] } });
    watch.tick(SETTLED, quietGpu(), full);
    expect(kinds(watch)).toEqual(['headroom', 'card', 'taken']);
    return watch;
  };
  const wait = (watch: ReturnType<typeof alertWatch>, from: number, to: number) => {
    for (let at = from; at <= to; at += 5_000) watch.pass(at);
  };

  it('is said nothing of after a minute where it is lost in its place', () => {
    const watch = settled();
    watch.tick(SETTLED, quietGpu(), full);
    const lost = { ...second, state: 'lost', memoryUsedMiB: null, memoryFreeMiB: null, temperature: null } as const;
    watch.ticks(SETTLED + 1_000, SETTLED + minute, quietGpu(), lost);
    expect(kinds(watch)).toEqual(['headroom', 'card', 'gpu_missing']);
    watch.tick(SETTLED + minute + 1_000, quietGpu(), lost);
    expect(kinds(watch)).toEqual(['gpu_missing']);
  });

  it('is judged as long as some of its figures come', () => {
    const watch = settled();
    const ill = { ...full, state: 'needs_reset', temperature: null } as const;
    watch.ticks(SETTLED, SETTLED + 5 * minute, quietGpu(), ill);
    expect([kinds(watch), watch.raised.length]).toEqual([['headroom', 'card', 'gpu_missing'], 3]);
  });

  it.each(['asleep', 'off', 'failed'] as const)('is said nothing of after a minute where all is %s', (state) => {
    const watch = troubled();
    watch.set({ told: { state, processes: [] }, settings: { collection: { on: false, seconds: 30 } } });
    wait(watch, SETTLED + 5_000, SETTLED + minute);
    expect(watch.ended).toEqual([]);
    wait(watch, SETTLED + minute + 5_000, SETTLED + minute + 20_000);
    expect(kinds(watch)).toEqual([]);
  });

  it('because the machine slept is judged by the first figures after it', () => {
    const watch = troubled();
    wait(watch, SETTLED + 60 * minute, SETTLED + 60 * minute + 5_000);
    watch.tick(SETTLED + 60 * minute + 6_000, quietGpu(), full);
    wait(watch, SETTLED + 60 * minute + 10_000, SETTLED + 61 * minute);
    expect([kinds(watch), watch.raised.length]).toEqual([['headroom', 'card', 'taken', 'collection'], 4]);
  });

  it('has no alert of a rule that is switched off meanwhile', () => {
    const watch = troubled();
    watch.set({
      told: { state: 'off' },
      settings: { card: { on: false, over: 0.97 }, taken: { on: false, overMiB: 1_024 } },
    });
    watch.pass(SETTLED + 5_000);
    expect(kinds(watch)).toEqual(['headroom']);
  });
});

describe('errors of the driver', () => {
  const xid = (code: number, time: number): Xid => ({
    ...{ time, code, pciBusId: '0000:01:00', gpuUuid: 'GPU-1', text: 'GPU has fallen off the bus.' },
  });

  it('are told once each, without those from before the panel', () => {
    const watch = settled();
    const seen = (at: number, ...xids: Xid[]) => {
      watch.set({ told: { xids } });
      return watch.pass(SETTLED + at).raised.map(({ alert }) => alert.values.code);
    };
    const [old, first, other] = [xid(13, -2 * minute), xid(79, SETTLED), xid(31, SETTLED + 2_000)];
    expect(seen(0, old)).toEqual([]);
    expect(seen(1_000, old, first)).toEqual([79]);
    expect(seen(2_000, old, first)).toEqual([]);
    expect(seen(3_000, old, first, other)).toEqual([31]);
    expect(seen(9_000, other, xid(79, SETTLED + 8_500))).toEqual([]);
    expect(watch.raised[0]?.alert.message).toContain('GPU 1: the driver reports error Xid 79 (GPU has fallen off');
    for (let at = 10_000; at <= 11 * minute; at += 1_000) watch.pass(SETTLED + at);
    expect(watch.ended.map(({ values }) => values.code)).toEqual([31, 79]);
  });

  it('of a card that is not known are told by its place', () => {
    const watch = settled();
    watch.set({ told: { xids: [{ ...xid(62, SETTLED), gpuUuid: null }] } });
    expect(watch.pass(SETTLED).raised[0]?.alert.message).toContain('GPU at 0000:01:00: ');
  });
});

describe('the collection', () => {
  const collection = (askedMs: number | null, reachedMs: number | null): Partial<Telemetry> => ({
    collection: { ...telemetryOf().collection, askedMs, reachedMs },
  });
  /** Every five seconds a look without a tick, as the room's own timer has it. */
  const wait = (watch: ReturnType<typeof alertWatch>, from: number, to: number) => {
    for (let at = from; at <= to; at += 5_000) watch.pass(at);
  };
  const driverGone = { kind: 'no_driver', said: 'NVIDIA-SMI has failed\n', exitCode: 9 } as const;

  it('fails: with its fault after its time, through every new start, until figures come again', () => {
    const watch = alertWatch();
    watch.set({ told: { state: 'failed', fault: driverGone } });
    wait(watch, 0, 10_000);
    watch.set({ told: { state: 'starting' } });
    watch.pass(15_000);
    watch.set({ told: { state: 'failed' } });
    wait(watch, 20_000, 25_000);
    expect(watch.raised).toEqual([]);
    expect(watch.pass(30_000).raised).toMatchObject([
      {
        notify: true,
        alert: {
          ...{ kind: 'collection', level: 'error', gpuUuid: null },
          message: expect.stringContaining('nvidia-smi fails (no_driver: NVIDIA-SMI has failed)'),
          values: { trouble: 'failed', seconds: 30, fault: 'no_driver' },
        },
      },
    ]);
    watch.set({ told: { state: 'starting' } });
    wait(watch, 35_000, 60_000);
    expect(watch.lasting()).toHaveLength(1);
    watch.set({ told: { state: 'ok', fault: null } });
    watch.ticks(61_000, 66_000, quietGpu());
    expect(watch.lasting()).toEqual([]);
  });

  it('is silent when no tick comes, as long as one is asked for', () => {
    const watch = settled();
    wait(watch, 5_000, 25_000);
    expect(watch.raised).toEqual([]);
    expect(watch.pass(30_000).raised[0]?.alert).toMatchObject({ kind: 'collection', values: { trouble: 'silent' } });
    watch.set({ told: { state: 'off', ...collection(null, null) } });
    watch.pass(35_000);
    expect(watch.lasting()).toEqual([]);
  });

  it.each(['off', 'asleep', 'starting'] as const)('that is %s has not failed', (state) => {
    const watch = settled();
    watch.set({ told: { state } });
    wait(watch, 5_000, 10 * minute);
    expect(watch.raised).toEqual([]);
  });

  it('gets its time anew after a sleep of the machine, and where a stream is asked for again', () => {
    const watch = settled();
    wait(watch, 5_000, 10_000);
    wait(watch, 10 * minute, 10 * minute + 25_000);
    expect(watch.raised).toEqual([]);
    watch.set({ told: { state: 'off', ...collection(null, null) } });
    wait(watch, 11 * minute, 12 * minute);
    watch.set({ told: { state: 'ok', ...collection(500, null) } });
    wait(watch, 12 * minute + 5_000, 12 * minute + 30_000);
    expect(watch.raised).toEqual([]);
    watch.pass(12 * minute + 35_000);
    expect(watch.raised).toHaveLength(1);
  });

  it('is slow beyond three periods for its time, and well within two', () => {
    const watch = settled();
    watch.set({ told: collection(500, 1_501) });
    watch.ticks(0, 29_000, quietGpu(), second);
    expect(watch.raised).toEqual([]);
    watch.ticks(30_000, 31_000, quietGpu(), second);
    expect(watch.raised).toMatchObject([
      { alert: { level: 'warning', values: { trouble: 'slow', askedMs: 500, reachedMs: 1_501 } } },
    ]);
    watch.set({ told: collection(500, 1_200) });
    watch.ticks(32_000, 60_000, quietGpu(), second);
    expect(watch.lasting()).toHaveLength(1);
    watch.set({ told: collection(500, 600) });
    watch.ticks(61_000, 65_000, quietGpu(), second);
    expect(watch.lasting()).toHaveLength(1);
    watch.tick(66_000, quietGpu(), second);
    expect(watch.lasting()).toEqual([]);
  });
});
