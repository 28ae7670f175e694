import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { smiRow } from '#samples';
import { devicesOf } from './devices.ts';
import { createTickParser, type RowTick } from './parser.ts';
import { createRowParser, figure, streamFields } from './row.ts';

const cells = (index: number, used: number | string) =>
  smiRow(streamFields, {
    ...{ index, uuid: `GPU-${index}`, 'memory.total': 24576, 'memory.used': used, 'power.draw': '98.76' },
    ...{ driver_version: '580.1', kmd_version: '580.1', name: `NVIDIA, Card ${index}` },
  });
const { parse } = createRowParser(streamFields);
const usedOf = (ticks: (RowTick | null)[]) =>
  ticks.flatMap((one) => (one ? [one.tick.gpus.map((gpu) => gpu.memoryUsedMiB)] : []));

describe('a row', () => {
  it('is a row only where it looks like one, and a figure is never made up', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(fc.string(), { minLength: streamFields.length, maxLength: streamFields.length + 2 }),
        ),
        (line) => {
          const row = parse(Array.isArray(line) ? line.join(', ') : line);
          if (row) expect(Number.isInteger(row.sample.index)).toBe(true);
        },
      ),
    );
    for (const none of ['', ' ', '[N/A]', 'N/A', '[Not Supported]', '0x10', '1e3', '5 MiB', undefined])
      expect(figure(none)).toBeNull();
    expect([figure('0'), figure('98.76')]).toEqual([0, 98.76]);
  });

  it('keeps a name with commas, and knows an old and a new word for the driver', () => {
    expect(parse(cells(0, 1))).toMatchObject({ facts: { name: 'NVIDIA, Card 0', driverVersion: '580.1' } });
    const old = cells(0, 1).replace('580.1, 580.1', '[Requested functionality has been deprecated], 600.2');
    expect(parse(old)?.facts.driverVersion).toBe('600.2');
  });

  it.each([
    ['[GPU is lost]', 'lost'],
    ['[GPU requires reset]', 'needs_reset'],
    ['[Insufficient Permissions]', 'no_permission'],
    ['[Unknown Error]', 'unknown_error'],
    ['[N/A]', 'ok'],
  ])('says why there is no figure: %s', (said, state) => {
    expect(parse(cells(0, said))?.sample).toMatchObject({ state, memoryUsedMiB: null, memoryTotalMiB: 24576 });
  });

  it('does not call a working GPU broken because one sensor is', () => {
    const row = parse(cells(0, 7).replace('98.76', '[Unknown Error]'));
    expect(row?.sample).toMatchObject({ state: 'ok', memoryUsedMiB: 7, powerDrawW: null });
  });
});

describe('ticks', () => {
  it('are the same wherever the text is cut', () => {
    const text = [0, 1, 2].flatMap((tick) => [0, 1].map((gpu) => `${cells(gpu, tick * 10 + gpu)}\n`)).join('');
    fc.assert(
      fc.property(fc.array(fc.nat(text.length)), (cuts) => {
        const parser = createTickParser(streamFields);
        const places = [0, ...cuts.sort((a, b) => a - b), text.length];
        const ticks = places.slice(1).flatMap((end, i) => parser.push(text.slice(places[i], end), i));
        const times = ticks.map(({ tick }) => tick.time);
        expect(new Set(times).size).toBe(times.length);
        expect(usedOf([...ticks, parser.flush()])).toEqual([
          [0, 1],
          [10, 11],
          [20, 21],
        ]);
      }),
    );
  });

  it('are given as soon as they are whole, once their length is known', () => {
    const parser = createTickParser(streamFields);
    expect(usedOf(parser.push(`${cells(0, 1)}\n${cells(1, 2)}\n`, 1))).toEqual([]);
    expect(usedOf([parser.flush()])).toEqual([[1, 2]]);
    expect(usedOf(parser.push(`${cells(0, 3)}\n`, 2))).toEqual([]);
    expect(usedOf(parser.push(`${cells(1, 4)}\n`, 3))).toEqual([[3, 4]]);
    expect(parser.flush()).toBeNull();
  });

  it('come back together after one was flushed too early', () => {
    const parser = createTickParser(streamFields);
    parser.push(`${cells(0, 1)}\n`, 1);
    expect(usedOf([parser.flush()])).toEqual([[1]]);
    parser.push(`${cells(1, 2)}\n`, 2);
    expect(usedOf([parser.flush()])).toEqual([[1, 2]]);
    const later = [1, 2, 3].flatMap((tick) => parser.push(`${cells(0, tick)}\n${cells(1, tick)}\n`, 10 * tick));
    expect(usedOf(later)).toEqual([
      [1, 1],
      [2, 2],
      [3, 3],
    ]);
  });

  it('keep a lost GPU under its own uuid, with the name and the size that it had', () => {
    const parser = createTickParser(streamFields);
    const [before] = parser.push(`${cells(0, 1)}\n${cells(0, 1)}\n`, 1);
    const lost = `0, ${Array(streamFields.length - 1)
      .fill('[GPU is lost]')
      .join(', ')}\n`;
    const [after] = parser.push(lost, 2).slice(-1);
    expect(after?.tick.gpus[0]).toMatchObject({ uuid: 'GPU-0', state: 'lost', memoryUsedMiB: null });
    const devices = devicesOf(before?.rows ?? [], []);
    expect(devicesOf(after?.rows ?? [], devices)).toEqual(devices);
  });

  it('leave what was no row for the fault, and hold no endless line', () => {
    const parser = createTickParser(streamFields);
    parser.push(`${cells(0, 1)}\nUnable to determine the device handle\n`, 1);
    expect(parser.said()).toBe('Unable to determine the device handle');
    // Kept for ever, this would be longer than any string may be, and throw.
    const flood = 'x'.repeat(20_000_000);
    for (let i = 0; i < 30; i++) parser.push(flood, 2);
    expect(parser.said().length).toBeLessThanOrEqual(4_000);
    expect(usedOf(parser.push(`\n${cells(0, 5)}\n`, 3))).toEqual([[1], [5]]);
  });
});
