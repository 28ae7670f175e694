import { describe, expect, it } from 'vitest';
import { alertWatch, quietGpu, SETTLED } from '#alert-watch';
import { type Telemetry, verbatim, type Xid } from '#contract';
import { gpuDevice, gpuProcess, telemetryOf } from '#samples';

const minute = 60_000;
const second = quietGpu({ uuid: 'GPU-1', index: 1 });
const settled = () => {
  const watch = alertWatch();
  watch.tick(0, quietGpu(), second);
  return watch;
};

describe('a known GPU', () => {
  it('is missing after two samples without it, and present again after five seconds', () => {
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
    ['no_permission', 'may not query it'],
    ['unknown_error', 'unknown error'],
  ] as const)('is reported with its state %s and its remedy', (state, remedy) => {
    const watch = settled();
    const ill = quietGpu({ state, memoryUsedMiB: null, temperature: null, throttle: null });
    watch.ticks(SETTLED, SETTLED + 5_000, ill, second);
    expect(watch.raised).toMatchObject([
      { alert: { sentence: { text: expect.stringContaining(remedy) }, values: { gpu: 0, state } } },
    ]);
  });

  it('a suspended GPU is not missing', () => {
    const watch = settled();
    watch.tick(SETTLED, quietGpu(), second);
    watch.set({ telemetry: { devices: [gpuDevice(), gpuDevice({ uuid: 'GPU-1', index: 1, asleep: true })] } });
    watch.ticks(SETTLED + 11_000, SETTLED + 600_000, quietGpu());
    expect(watch.raised).toEqual([]);
    watch.set({ telemetry: { devices: [gpuDevice()] } });
    watch.ticks(SETTLED + 601_000, SETTLED + 610_000, quietGpu());
    expect(watch.lasting().map(({ kind }) => kind)).toEqual(['gpu_missing']);
  });

  it('that was lost before its UUID was known is not missing once it has one', () => {
    const watch = settled();
    const unnamed = quietGpu({ uuid: 'GPU-unknown-2', index: 2, state: 'lost', memoryUsedMiB: null });
    watch.ticks(SETTLED, SETTLED + 5_000, quietGpu(), second, unnamed);
    expect(watch.lasting()).toMatchObject([{ values: { gpu: 2, state: 'lost' } }]);
    const named = { ...second, uuid: 'GPU-2', index: 2 };
    watch.ticks(SETTLED + 6_000, SETTLED + 20_000, quietGpu(), second, named);
    expect(watch.lasting()).toEqual([]);
  });

  it('ends alerts about its values after a minute', () => {
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

describe('a GPU without values', () => {
  const full = { ...second, memoryUsedMiB: 9_900, memoryFreeMiB: 100 };
  const taker = gpuProcess({ gpuUuid: 'GPU-1', pid: 77, usedMiB: 9_000, protection: 'other_user' });
  const kinds = (watch: ReturnType<typeof alertWatch>) => watch.lasting().map(({ kind }) => kind);
  const troubled = () => {
    const watch = settled();
    watch.set({ telemetry: { processes: [taker] } });
    watch.tick(SETTLED, quietGpu(), full);
    expect(kinds(watch)).toEqual(['headroom', 'card', 'taken']);
    return watch;
  };
  const wait = (watch: ReturnType<typeof alertWatch>, from: number, to: number) => {
    for (let at = from; at <= to; at += 5_000) watch.pass(at);
  };

  it('has no alerts after a minute where it is lost', () => {
    const watch = settled();
    watch.tick(SETTLED, quietGpu(), full);
    const lost = { ...second, state: 'lost', memoryUsedMiB: null, memoryFreeMiB: null, temperature: null } as const;
    watch.ticks(SETTLED + 1_000, SETTLED + minute, quietGpu(), lost);
    expect(kinds(watch)).toEqual(['headroom', 'card', 'gpu_missing']);
    watch.tick(SETTLED + minute + 1_000, quietGpu(), lost);
    expect(kinds(watch)).toEqual(['gpu_missing']);
  });

  it('is judged while some of its values arrive', () => {
    const watch = settled();
    const ill = { ...full, state: 'needs_reset', temperature: null } as const;
    watch.ticks(SETTLED, SETTLED + 5 * minute, quietGpu(), ill);
    expect([kinds(watch), watch.raised.length]).toEqual([['headroom', 'card', 'gpu_missing'], 3]);
  });

  it.each(['asleep', 'off', 'failed'] as const)('has no alerts after a minute where telemetry is %s', (state) => {
    const watch = troubled();
    watch.set({ telemetry: { state, processes: [] }, settings: { collection: { on: false, seconds: 30 } } });
    wait(watch, SETTLED + 5_000, SETTLED + minute);
    expect(watch.ended).toEqual([]);
    wait(watch, SETTLED + minute + 5_000, SETTLED + minute + 20_000);
    expect(kinds(watch)).toEqual([]);
  });

  it('is judged by the first sample after the machine slept', () => {
    const watch = troubled();
    wait(watch, SETTLED + 60 * minute, SETTLED + 60 * minute + 5_000);
    watch.tick(SETTLED + 60 * minute + 6_000, quietGpu(), full);
    wait(watch, SETTLED + 60 * minute + 10_000, SETTLED + 61 * minute);
    expect([kinds(watch), watch.raised.length]).toEqual([['headroom', 'card', 'taken', 'collection'], 4]);
  });

  it('has no alert of a rule that was switched off meanwhile', () => {
    const watch = troubled();
    watch.set({
      telemetry: { state: 'off' },
      settings: { card: { on: false, over: 0.97 }, taken: { on: false, overMiB: 1_024 } },
    });
    watch.pass(SETTLED + 5_000);
    expect(kinds(watch)).toEqual(['headroom']);
  });
});

describe('errors of the driver', () => {
  const xid = (code: number, time: number): Xid => ({
    ...{ time, code, pciBusId: '0000:01:00', gpuUuid: 'GPU-1', sentence: verbatim('GPU has fallen off the bus.') },
  });

  it('are reported once each, without those from before the panel', () => {
    const watch = settled();
    const seen = (at: number, ...xids: Xid[]) => {
      watch.set({ telemetry: { xids } });
      return watch.pass(SETTLED + at).raised.map(({ alert }) => alert.values.code);
    };
    const [old, first, other] = [xid(13, -2 * minute), xid(79, SETTLED), xid(31, SETTLED + 2_000)];
    expect(seen(0, old)).toEqual([]);
    expect(seen(1_000, old, first)).toEqual([79]);
    expect(seen(2_000, old, first)).toEqual([]);
    expect(seen(3_000, old, first, other)).toEqual([31]);
    expect(seen(9_000, other, xid(79, SETTLED + 8_500))).toEqual([]);
    expect(watch.raised[0]?.alert.sentence.text).toContain('GPU 1: the driver reports Xid 79: GPU has fallen off');
    for (let at = 10_000; at <= 11 * minute; at += 1_000) watch.pass(SETTLED + at);
    expect(watch.ended.map(({ values }) => values.code)).toEqual([31, 79]);
  });

  it('of an unknown card are reported by its bus id', () => {
    const watch = settled();
    watch.set({ telemetry: { xids: [{ ...xid(62, SETTLED), gpuUuid: null }] } });
    expect(watch.pass(SETTLED).raised[0]?.alert.sentence.text).toContain('GPU at 0000:01:00: ');
  });
});

describe('the collection', () => {
  const collection = (askedMs: number | null, reachedMs: number | null): Partial<Telemetry> => ({
    collection: { ...telemetryOf().collection, askedMs, reachedMs },
  });
  /** Steps every five seconds without a sample, like the timer. */
  const wait = (watch: ReturnType<typeof alertWatch>, from: number, to: number) => {
    for (let at = from; at <= to; at += 5_000) watch.pass(at);
  };
  const driverGone = { kind: 'no_driver', sentence: verbatim('NVIDIA-SMI has failed\n'), exitCode: 9 } as const;

  it('fails: with its fault after its time, across restarts, until samples resume', () => {
    const watch = alertWatch();
    watch.set({ telemetry: { state: 'failed', fault: driverGone } });
    wait(watch, 0, 10_000);
    watch.set({ telemetry: { state: 'starting' } });
    watch.pass(15_000);
    watch.set({ telemetry: { state: 'failed' } });
    wait(watch, 20_000, 25_000);
    expect(watch.raised).toEqual([]);
    expect(watch.pass(30_000).raised).toMatchObject([
      {
        notify: true,
        alert: {
          ...{ kind: 'collection', level: 'error', gpuUuid: null },
          sentence: {
            code: 'alerts.telemetryFailedOutput',
            values: { fault: 'no_driver', output: 'NVIDIA-SMI has failed' },
          },
          values: { trouble: 'failed', seconds: 30, fault: 'no_driver' },
        },
      },
    ]);
    watch.set({ telemetry: { state: 'starting' } });
    wait(watch, 35_000, 60_000);
    expect(watch.lasting()).toHaveLength(1);
    watch.set({ telemetry: { state: 'ok', fault: null } });
    watch.ticks(61_000, 66_000, quietGpu());
    expect(watch.lasting()).toEqual([]);
  });

  it('is silent without samples while polling is on', () => {
    const watch = settled();
    wait(watch, 5_000, 25_000);
    expect(watch.raised).toEqual([]);
    expect(watch.pass(30_000).raised[0]?.alert).toMatchObject({ kind: 'collection', values: { trouble: 'silent' } });
    watch.set({ telemetry: { state: 'off', ...collection(null, null) } });
    watch.pass(35_000);
    expect(watch.lasting()).toEqual([]);
  });

  it('fails: with a sentence of ours inside its own, so that both are worded', () => {
    const watch = alertWatch();
    const sentence = { code: 'gpu.missing', values: {}, text: 'nvidia-smi was not found.' };
    watch.set({ telemetry: { state: 'failed', fault: { kind: 'missing', sentence, exitCode: null } } });
    wait(watch, 0, 30_000);
    const [{ alert } = {}] = watch.raised;
    expect(alert?.sentence).toMatchObject({ values: { output: sentence } });
    expect(alert?.sentence.text).toContain('(missing: nvidia-smi was not found.)');
  });

  it.each(['off', 'asleep', 'starting'] as const)('that is %s has not failed', (state) => {
    const watch = settled();
    watch.set({ telemetry: { state } });
    wait(watch, 5_000, 10 * minute);
    expect(watch.raised).toEqual([]);
  });

  it('restarts its time after the machine slept, and when polling resumes', () => {
    const watch = settled();
    wait(watch, 5_000, 10_000);
    wait(watch, 10 * minute, 10 * minute + 25_000);
    expect(watch.raised).toEqual([]);
    watch.set({ telemetry: { state: 'off', ...collection(null, null) } });
    wait(watch, 11 * minute, 12 * minute);
    watch.set({ telemetry: { state: 'ok', ...collection(500, null) } });
    wait(watch, 12 * minute + 5_000, 12 * minute + 30_000);
    expect(watch.raised).toEqual([]);
    watch.pass(12 * minute + 35_000);
    expect(watch.raised).toHaveLength(1);
  });

  it('is slow, not silent, where each sample takes seconds', () => {
    const watch = settled();
    watch.set({ telemetry: collection(500, 8_000) });
    for (let at = 0; at <= 40_000; at += 2_000)
      if (at % 8_000 === 0) watch.tick(at, quietGpu(), second);
      else watch.pass(at);
    expect(watch.raised).toMatchObject([{ alert: { values: { trouble: 'slow', reachedMs: 8_000 } } }]);
  });

  it('is slow above three intervals for its time, and good within two', () => {
    const watch = settled();
    watch.set({ telemetry: collection(500, 1_501) });
    watch.ticks(0, 29_000, quietGpu(), second);
    expect(watch.raised).toEqual([]);
    watch.ticks(30_000, 31_000, quietGpu(), second);
    expect(watch.raised).toMatchObject([
      { alert: { level: 'warning', values: { trouble: 'slow', askedMs: 500, reachedMs: 1_501 } } },
    ]);
    watch.set({ telemetry: collection(500, 1_200) });
    watch.ticks(32_000, 60_000, quietGpu(), second);
    expect(watch.lasting()).toHaveLength(1);
    watch.set({ telemetry: collection(500, 600) });
    watch.ticks(61_000, 65_000, quietGpu(), second);
    expect(watch.lasting()).toHaveLength(1);
    watch.tick(66_000, quietGpu(), second);
    expect(watch.lasting()).toEqual([]);
  });
});
