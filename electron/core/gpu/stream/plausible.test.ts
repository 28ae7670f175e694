import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type GpuMetric, type GpuSample, gpuMetrics } from '#contract';
import { smiRow } from '#samples';
import { parseProcesses } from '../processes/parse-processes.ts';
import { isPlausible } from './plausible.ts';
import { createRowParser, type StreamField, streamFields } from './row.ts';

const good: Partial<Record<StreamField, string>> = {
  ...{ index: '0', uuid: 'GPU-0', name: 'Card', 'memory.total': '24576', 'memory.reserved': '300' },
  ...{ 'memory.used': '5000', 'memory.free': '19276', 'utilization.gpu': '97', 'utilization.memory': '40' },
  ...{ 'temperature.gpu': '61', 'power.draw': '98.76', 'enforced.power.limit': '450.00', 'clocks.sm': '2520' },
  ...{ 'clocks.mem': '10501', 'fan.speed': '105', pstate: 'P2', 'ecc.errors.uncorrected.volatile.total': '0' },
  ...{ 'clocks_event_reasons.active': '0x0000000000000004' },
};
const rowOf = (cells: Partial<Record<StreamField, string>>) => smiRow(streamFields, { ...good, ...cells });
const sampleOf = (cells: Partial<Record<StreamField, string>>, after?: Partial<Record<StreamField, string>>) => {
  const { parse } = createRowParser(streamFields);
  const first = parse(rowOf(cells));
  return (after ? parse(rowOf(after)) : first)?.sample as GpuSample;
};

describe('an impossible value', () => {
  it.each<[StreamField, GpuMetric, string[]]>([
    ['memory.used', 'memoryUsedMiB', ['17592186044416', '-1', '24579', '4294967295']],
    ['memory.reserved', 'memoryReservedMiB', ['-300', '24579']],
    ['memory.free', 'memoryFreeMiB', ['-5', '17592186044415']],
    ['memory.total', 'memoryTotalMiB', ['17592186044416', '-1']],
    ['utilization.gpu', 'utilizationGpu', ['4294967295', '101', '-1']],
    ['temperature.gpu', 'temperature', ['-273', '255', '4294967295']],
    ['power.draw', 'powerDrawW', ['1000000000.00', '-0.01', '4294967.29']],
    ['enforced.power.limit', 'powerLimitW', ['4294967.29']],
    ['clocks.sm', 'clockSmMHz', ['4294967295', '-1']],
    ['fan.speed', 'fanSpeed', ['4294967295', '-1']],
    ['pstate', 'pstate', ['P32']],
    ['clocks_event_reasons.active', 'throttle', ['0xFFFFFFFFFFFFFFFF']],
    ['ecc.errors.uncorrected.volatile.total', 'eccUncorrected', ['18446744073709551615', '-1']],
  ])('of %s is unavailable with a reason, alone and after a good one', (field, metric, values) => {
    for (const value of values) {
      for (const sample of [sampleOf({ [field]: value }), sampleOf({}, { [field]: value })]) {
        expect([sample[metric], sample.reasons?.[metric]], value).toEqual([null, 'implausible']);
        expect(sample.state).toBe('ok');
      }
      // The next good one counts again.
      expect(sampleOf({ [field]: value }, {}).reasons?.[metric]).toBeUndefined();
    }
  });

  it('leaves the others as they are: rounding, a fast fan and an idle card are possible', () => {
    expect(sampleOf({}).reasons).toBeUndefined();
    const edge = { 'memory.used': '24578', 'temperature.gpu': '-40', 'power.draw': '0.00', 'utilization.gpu': '100' };
    expect(sampleOf(edge)).toMatchObject({ memoryUsedMiB: 24_578, temperature: -40, powerDrawW: 0, fanSpeed: 105 });
  });

  it('of a process is unavailable too', () => {
    const lines = ['17592186044416', '-1', '300'].map((used) => `GPU-0, 7, ${used}, x`).join('\n');
    expect(parseProcesses(lines).map(({ usedMiB }) => usedMiB)).toEqual([null, null, 300]);
  });

  it('is never in a sample, whatever came before', () => {
    const wild = fc.oneof(
      fc.constantFrom('-1', '4294967295', '17592186044416', '[N/A]', '[Unknown Error]', '0xFFFFFFFFFFFFFFFF', '1e9'),
      fc.integer({ min: -400, max: 30_000 }).map(String),
      fc.double({ min: -1e12, max: 1e12, noNaN: true }).map((value) => value.toFixed(2)),
    );
    const changing = ['memory.total', 'memory.used', 'memory.free', 'utilization.gpu', 'temperature.gpu', 'power.draw'];
    const row = fc.dictionary(fc.constantFrom(...changing), wild);
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 6 }), (rows) => {
        const { parse } = createRowParser(streamFields);
        for (const cells of rows) {
          const sample = parse(rowOf(cells))?.sample;
          // The same row on its own gives the same sample.
          expect(sample).toEqual(sampleOf(cells));
          for (const metric of gpuMetrics) {
            const value = sample?.[metric] ?? null;
            if (value === null) expect(sample?.reasons?.[metric], metric).toBeDefined();
            else expect(isPlausible(metric, value, sample?.memoryTotalMiB ?? null), metric).toBe(true);
          }
        }
      }),
    );
  });
});
