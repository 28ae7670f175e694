import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type GpuProcess, type GpuSample, viewCard } from '#contract';
import { gpuProcess, smiRow } from '#samples';
import { createTickParser } from '../stream/parser.ts';
import { type StreamField, streamFields } from '../stream/row.ts';
import { devicesOf } from './devices.ts';
import { isUnified, withNewerShare, withUnifiedMemory } from './unified.ts';

const GIB = 1_024;
const none = '[N/A]';
const noMemory = { 'memory.total': none, 'memory.used': none, 'memory.free': none, 'memory.reserved': none };
/** The row of a DGX Spark with driver 580. */
const gb10 = { index: 0, uuid: 'GPU-0', name: 'NVIDIA GB10', 'mig.mode.current': none, ...noMemory };
const rowsOf = (...cells: Partial<Record<StreamField, string | number>>[]) => {
  const found = createTickParser(streamFields);
  found.push(cells.map((one) => `${smiRow(streamFields, one)}\n`).join(''), 1);
  const last = found.flush();
  if (!last) throw new Error('There is no row.');
  return last;
};
const ram = { ramTotalMiB: 120 * GIB, ramUsedMiB: 50 * GIB };
const view = (processes: GpuProcess[] | null, ours = 0, limit = 0.5): [GpuSample, ReturnType<typeof viewCard>] => {
  const { tick, rows } = rowsOf(gb10);
  const [gpu] = withUnifiedMemory(tick, rows, ram, processes, devicesOf(rows, [])).gpus;
  if (!gpu) throw new Error('There is no GPU.');
  const parts = { contextMiB: 0, weightsMiB: 0, kvCacheMiB: 0, activationsMiB: 0, keptMiB: 0 };
  const sample = { ...gpu, ours: { usedMiB: ours, ...parts } };
  return [sample, viewCard(sample, limit)];
};

describe('a GPU with unified memory', () => {
  it('has system RAM as its pool, and the sum of its processes as used', () => {
    const list = [
      gpuProcess({ pid: 1, usedMiB: 30 * GIB, ours: true }),
      gpuProcess({ pid: 2, usedMiB: 2 * GIB }),
      gpuProcess({ pid: 3, usedMiB: null, kind: 'graphics' }),
      gpuProcess({ pid: 4, usedMiB: 9 * GIB, gpuUuid: 'GPU-other' }),
    ];
    const [sample, card] = view(list, 30 * GIB);
    expect(sample).toMatchObject({ memoryTotalMiB: 120 * GIB, memoryUsedMiB: 32 * GIB, memoryFreeMiB: 70 * GIB });
    expect(sample.reasons).toEqual({});
    // The rest of the RAM in use is the system's.
    expect(card).toMatchObject({ ours: 30 * GIB, others: 2 * GIB, driver: 18 * GIB, budget: 60 * GIB });
    expect(card).toMatchObject({ headroom: 30 * GIB, boundByOthers: false });
    // What is available bounds a larger budget.
    expect(view(list, 30 * GIB, 0.9)[1]).toMatchObject({ headroom: 70 * GIB, boundByOthers: true });
  });

  it('has a headroom also where the processes report none, as on Jetson, or their list fails', () => {
    for (const list of [[gpuProcess({ usedMiB: null, kind: 'compute' })], null]) {
      const [sample, card] = view(list, 10 * GIB);
      expect([sample.memoryUsedMiB, sample.reasons?.memoryUsedMiB]).toEqual([null, 'not_supported']);
      expect(card).toMatchObject({ ours: 10 * GIB, others: 40 * GIB, driver: 0, headroom: 50 * GIB });
    }
  });

  it('is marked, also while it is lost, and a discrete one never is', () => {
    const [unified] = devicesOf(rowsOf(gb10).rows, [], null, 120 * GIB);
    expect(unified).toMatchObject({ unified: true, memoryTotalMiB: 120 * GIB });
    const lost = rowsOf({ ...gb10, 'memory.used': '[GPU is lost]' }).rows;
    expect(devicesOf(lost, unified ? [unified] : [], null, null)).toMatchObject([unified]);
    const zero = { 'memory.total': 0, 'memory.used': 0, 'memory.free': 0, 'memory.reserved': 0 };
    const cases: [Partial<Record<StreamField, string | number>>, boolean][] = [
      [gb10, true],
      [{ ...gb10, ...zero }, true],
      [{ ...gb10, 'memory.total': 81_920 }, false],
      [{ ...gb10, 'mig.mode.current': 'Enabled' }, false],
      [{ ...gb10, 'memory.total': '[GPU is lost]' }, false],
      [{ ...gb10, 'memory.total': '[Unknown Error]' }, false],
      [{ ...gb10, 'memory.total': '17592186044416' }, false],
    ];
    for (const [cells, expected] of cases) expect(rowsOf(cells).rows.map(isUnified)).toEqual([expected]);
  });

  it('is none that has reported memory of its own, whatever one reading says', () => {
    const own = devicesOf(rowsOf({ ...gb10, 'memory.total': 81_920, 'memory.used': 7 }).rows, []);
    const { tick, rows } = rowsOf(gb10);
    const devices = devicesOf(rows, own, null, 120 * GIB);
    expect(devices).toMatchObject([{ unified: false, memoryTotalMiB: 81_920 }]);
    expect(withUnifiedMemory(tick, rows, ram, [], devices).gpus[0]?.memoryTotalMiB).toBeNull();
  });

  it('uses at least what our own share says, which is newer than the list', () => {
    const [sample] = view([gpuProcess({ usedMiB: 2 * GIB })], 30 * GIB);
    const [device] = devicesOf(rowsOf(gb10).rows, [], null, 120 * GIB);
    const [now] = withNewerShare({ time: 1, gpus: [sample], host: null }, device ? [device] : []).gpus;
    expect(now).toMatchObject({ memoryUsedMiB: 30 * GIB, memoryReservedMiB: 20 * GIB, memoryFreeMiB: 70 * GIB });
    expect(now && viewCard(now, 0.5)).toMatchObject({ ours: 30 * GIB, others: 0, headroom: 30 * GIB });
  });

  it('leaves its neighbours alone, and is unavailable without figures of the RAM', () => {
    const { tick, rows } = rowsOf(gb10, { index: 1, uuid: 'GPU-1', 'memory.total': 81_920, 'memory.used': 7 });
    const shown = withUnifiedMemory(tick, rows, ram, [], devicesOf(rows, []));
    expect(shown.gpus[1]).toBe(tick.gpus[1]);
    const unknown = withUnifiedMemory(tick, rows, { ramTotalMiB: null, ramUsedMiB: null }, [], devicesOf(rows, []));
    expect(unknown.gpus[0]).toBe(tick.gpus[0]);
  });

  it('never has more than the RAM, nor less than nothing', () => {
    const size = fc.option(fc.integer({ min: 0, max: 300 * GIB }));
    fc.assert(
      fc.property(fc.array(size, { maxLength: 4 }), fc.integer({ min: 0, max: 120 * GIB }), (sizes, ramUsedMiB) => {
        const { tick, rows } = rowsOf(gb10);
        const list = sizes.map((usedMiB, pid) => gpuProcess({ pid, usedMiB }));
        const [sample] = withUnifiedMemory(tick, rows, { ...ram, ramUsedMiB }, list, devicesOf(rows, [])).gpus;
        const card = sample && viewCard(sample, 0.8);
        expect(card?.headroom).toBeLessThanOrEqual(120 * GIB - ramUsedMiB);
        for (const value of [card?.headroom, card?.driver, card?.others, card?.ours]) {
          expect(value).toBeGreaterThanOrEqual(0);
          expect(value).toBeLessThanOrEqual(120 * GIB);
        }
      }),
    );
  });
});
