import { StringDecoder } from 'node:string_decoder';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tickSchema } from '#contract';
import { smiRow } from '#samples';
import { devicesOf } from '../monitor/devices.ts';
import { numberIn } from './cells.ts';
import { createNames, createTickParser, type RowTick } from './parser.ts';
import { createRowParser, streamFields } from './row.ts';

const cells = (index: number, used: number | string) =>
  smiRow(streamFields, {
    ...{ index, uuid: `GPU-${index}`, 'memory.total': 24576, 'memory.used': used, 'power.draw': '98.76' },
    ...{ driver_version: '580.1', kmd_version: '580.1', name: `NVIDIA, Card ${index}` },
  });
const { parse } = createRowParser(streamFields);
const usedOf = (ticks: (RowTick | null)[]) =>
  ticks.flatMap((one) => (one ? [one.tick.gpus.map((gpu) => gpu.memoryUsedMiB)] : []));

describe('a row', () => {
  it('is a row only in the right format, and its values are never invented', () => {
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
      expect(numberIn(none)).toBeNull();
    expect([numberIn('0'), numberIn('98.76')]).toEqual([0, 98.76]);
  });

  it('keeps a name with commas, and knows the old and the new driver field', () => {
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

  it('does not fail because of one broken sensor', () => {
    const row = parse(cells(0, 7).replace('98.76', '[Unknown Error]'));
    expect(row?.sample).toMatchObject({ state: 'ok', memoryUsedMiB: 7, powerDrawW: null });
  });
});

describe('ticks', () => {
  it('are the same wherever the text is split', () => {
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

  it('are emitted when complete, once their length is known', () => {
    const parser = createTickParser(streamFields);
    expect(usedOf(parser.push(`${cells(0, 1)}\n${cells(1, 2)}\n`, 1))).toEqual([]);
    expect(usedOf([parser.flush()])).toEqual([[1, 2]]);
    expect(usedOf(parser.push(`${cells(0, 3)}\n`, 2))).toEqual([]);
    expect(usedOf(parser.push(`${cells(1, 4)}\n`, 3))).toEqual([[3, 4]]);
    expect(parser.flush()).toBeNull();
  });

  it('are complete again after an early flush', () => {
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

  it('keep a lost GPU under its uuid, with its name and size', () => {
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

  it('know a lost GPU by its index in the next stream, but never as one that has moved', () => {
    const names = createNames();
    const lost = (index: number) =>
      `${index}, ${Array(streamFields.length - 1)
        .fill('[GPU is lost]')
        .join(', ')}\n`;
    createTickParser(streamFields, { names }).push(`${cells(0, 1)}\n${cells(1, 1)}\n`, 1);
    const next = createTickParser(streamFields, { names });
    next.push(`${cells(0, 2)}\n${lost(1)}`, 2);
    expect(next.flush()?.tick.gpus.map(({ uuid }) => uuid)).toEqual(['GPU-0', 'GPU-1']);
    // The former GPU 1 is now GPU 0.
    const moved = createTickParser(streamFields, { names });
    moved.push(`${cells(1, 2).replace(/^1/, '0')}\n${lost(1)}`, 3);
    expect(moved.flush()?.tick.gpus.map(({ uuid }) => uuid)).toEqual(['GPU-1', 'GPU-unknown-1']);
  });

  it('of a slow driver are never incomplete once their length is known', () => {
    const parser = createTickParser(streamFields);
    parser.push(`${cells(0, 1)}\n${cells(1, 2)}\n`, 1);
    expect(usedOf([parser.pause()])).toEqual([[1, 2]]);
    parser.push(`${cells(0, 3)}\n`, 2);
    expect(parser.pause()).toBeNull();
    expect(usedOf(parser.push(`${cells(1, 4)}\n`, 3))).toEqual([[3, 4]]);
    // One GPU fewer from here on: emitted with the next sample, and then at once.
    parser.push(`${cells(0, 5)}\n`, 4);
    expect(parser.pause()).toBeNull();
    expect(usedOf(parser.push(`${cells(0, 6)}\n`, 5))).toEqual([[5], [6]]);
  });

  it('are read behind a byte order mark, with carriage returns and with warnings in between', () => {
    const parser = createTickParser(streamFields);
    const warning = 'WARNING: infoROM is corrupted at gpu 0000:01:00.0\r\n';
    const ticks = [1, 2, 3].flatMap((used) =>
      parser.push(`\ufeff${cells(0, used)}\r\n${warning}${cells(1, used)}\r\n`, used),
    );
    expect(usedOf([...ticks, parser.flush()])).toEqual([
      [1, 1],
      [2, 2],
      [3, 3],
    ]);
    expect([parser.otherOutput(), parser.otherOutput(true)]).toEqual(['', warning.trim()]);
  });

  it('include the last row without a newline, unless a signal cut it off', () => {
    const half = `${cells(0, 1)}\n${cells(0, 2)}`;
    const ends = [true, false].map((whole) => {
      const parser = createTickParser(streamFields);
      return usedOf([...parser.push(half, 1), ...parser.end(whole, 2)]);
    });
    expect(ends).toEqual([[[1], [2]], [[1]]]);
  });

  it('never quote half a row, but a row that none can read', () => {
    const parser = createTickParser(streamFields);
    parser.push(`${cells(0, 1)}\n${cells(0, 1).slice(0, 30)}`, 1);
    expect(parser.otherOutput(true)).toBe('');
    parser.end(false, 2);
    expect(parser.otherOutput(true)).toBe('');
    const foreign = createTickParser(streamFields);
    foreign.push('0, 12, 34\n1, 12, 34\n', 1);
    expect(foreign.otherOutput()).toBe('1, 12, 34');
  });

  it('are read under any UUID, also where there is none', () => {
    for (const [uuid, name] of [
      ['54d0709b-558d-5a2c-9fd1-0123456789ab', 'Orin (nvgpu)'],
      ['N/A', 'NVIDIA Thor'],
    ]) {
      const row = smiRow(streamFields, { index: 0, uuid: uuid ?? '', name: name ?? '' });
      const known = uuid === 'N/A' ? 'GPU-unknown-0' : uuid;
      const parser = createTickParser(streamFields);
      parser.push(`${row}\n`, 1);
      expect(parser.flush()).toMatchObject({ tick: { gpus: [{ uuid: known }] }, rows: [{ facts: { name } }] });
    }
  });

  it('keep other lines for the fault, and no endless line', () => {
    const parser = createTickParser(streamFields);
    parser.push(`${cells(0, 1)}\nUnable to determine the device handle\n`, 1);
    expect(parser.otherOutput()).toBe('Unable to determine the device handle');
    // Without a bound, this would exceed the maximum string length.
    const flood = 'x'.repeat(20_000_000);
    for (let i = 0; i < 30; i++) parser.push(flood, 2);
    expect(parser.otherOutput().length).toBeLessThanOrEqual(4_000);
    expect(usedOf(parser.push(`\n${cells(0, 5)}\n`, 3))).toEqual([[1], [5]]);
  });
});

describe('a row after another of the same GPU', () => {
  const texts = [
    '7',
    '8.5',
    '[N/A]',
    '[GPU is lost]',
    '[Unknown Error]',
    'P3',
    '0x4',
    'constructor',
    'Enabled',
    'a, b',
  ];
  const change = fc.record({ gpu: fc.nat(2), place: fc.integer({ min: 2, max: streamFields.length - 1 }) });
  const changes = fc.array(fc.record({ change, text: fc.constantFrom(...texts), torn: fc.boolean() }), {
    maxLength: 40,
  });

  it('equals a row parsed from scratch, whatever changed or was printed in between', () => {
    fc.assert(
      fc.property(changes, (list) => {
        const rows = [0, 1, 2].map((index) => cells(index, 1).split(', '));
        const parser = createRowParser(streamFields);
        for (const { change: at, text, torn } of list) {
          const row = rows[at.gpu] ?? [];
          row[at.place] = text;
          const line = row.join(', ');
          // A line that only begins like a row must not be stored.
          const lines = torn ? [row.slice(0, streamFields.length - 1).join(', '), line] : [line];
          for (const one of lines) expect(parser.parse(one)).toEqual(createRowParser(streamFields).parse(one));
        }
      }),
    );
  });

  it('is the same object where nothing changed, and shares what rarely changes', () => {
    const parser = createRowParser(streamFields);
    const first = parser.parse(cells(0, 1));
    expect(parser.parse(cells(0, 1))).toBe(first);
    const second = parser.parse(cells(0, 2));
    expect([second?.sample.memoryUsedMiB, first?.sample.memoryUsedMiB]).toEqual([2, 1]);
    expect(second?.facts).toBe(first?.facts);
    // Its reasons are new objects, its facts are shared.
    expect(parser.parse(cells(0, '[GPU is lost]'))?.facts).toBe(first?.facts);
  });
});

describe('any bytes', () => {
  const row = fc.record({ gpu: fc.nat(300), used: fc.oneof(fc.nat(), fc.string({ unit: 'grapheme' })) });
  const piece = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    row.map(({ gpu, used }) => Buffer.from(`${cells(gpu, used)}, Zürich 显卡\n`)),
    fc.constantFrom(Buffer.from('\n'), Buffer.from('🙂'), Buffer.from('\r\n'), Buffer.alloc(9_000, '0, GPU-')),
  );

  it('give the same valid samples wherever they are split, also within a character', () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), fc.array(fc.nat()), (pieces, cuts) => {
        const bytes = Buffer.concat(pieces);
        const places = [...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
        // As a child's stdout is decoded in smi-child.ts.
        const read = (ends: readonly number[]) => {
          const [decoder, parser] = [
            new StringDecoder('utf8'),
            createTickParser(streamFields, { stamp: (time) => time }),
          ];
          const texts = ends.map((end, i) => decoder.write(bytes.subarray(ends[i - 1] ?? 0, end)));
          return [...texts.flatMap((text) => parser.push(text, 1)), ...parser.end(true, 1)];
        };
        const ticks = read(places);
        expect(ticks).toEqual(read([bytes.length]));
        for (const one of ticks) if (one) expect(() => tickSchema.parse(one.tick)).not.toThrow();
      }),
    );
  });

  it('are not kept: the memory of the parser is bounded', () => {
    const parser = createTickParser(streamFields);
    const line = (index: number, length: number) => `${cells(index, 1)} ${'x'.repeat(length)}\n`;
    // GPUs and names up to the bounds and beyond; endless lines; other lines.
    for (let index = 0; index < 2_000; index += 1) {
      parser.push(line(index, 3_800), index);
      parser.push(line(index, 5_000), index);
      parser.push('y'.repeat(70_000), index);
      parser.push(`\n0, GPU-${'z'.repeat(3_000)}\n`, index);
    }
    const bound = 256 * 2 * 4_096 + 65_536 + 3 * 4_000;
    expect(parser.held()).toBeGreaterThan(256 * 3_800);
    expect(parser.held()).toBeLessThan(bound);
    expect(usedOf(parser.push(`\n${cells(0, 1)}\n${cells(0, 2)}\n`, 9_999))).toContainEqual([1]);
  });
});
