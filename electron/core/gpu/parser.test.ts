import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BackendMemory } from '#contract';
import { faultOf } from './faults.ts';
import { mergeOwnShare } from './merge.ts';
import { isEnough, negotiate } from './negotiate.ts';
import { createTickParser, parseRow, streamFields } from './parser.ts';
import { parseProcesses } from './processes.ts';

const row = (index: number, used: number | string) =>
  `${index}, GPU-${index}, 24576, 300, ${used}, 20000, 42, 61, 98.76, 450.00, 580.1, NVIDIA, Card ${index}`;

describe('the parser', () => {
  it('gives the same ticks wherever the text is cut', () => {
    const text = [0, 1, 2].flatMap((tick) => [0, 1].map((gpu) => `${row(gpu, tick * 10 + gpu)}\n`)).join('');
    fc.assert(
      fc.property(fc.array(fc.nat(text.length)), (cuts) => {
        const parser = createTickParser(streamFields);
        const places = [0, ...cuts.sort((a, b) => a - b), text.length];
        const ticks = places.slice(1).flatMap((end, i) => parser.push(text.slice(places[i], end), i));
        const last = parser.flush();
        const used = [...ticks, ...(last ? [last] : [])].map(({ tick }) => tick.gpus.map((gpu) => gpu.memoryUsedMiB));
        expect(used).toEqual([
          [0, 1],
          [10, 11],
          [20, 21],
        ]);
      }),
    );
  });

  it('never throws, and never takes an unknown figure for 0', () => {
    fc.assert(
      fc.property(fc.string(), (line) => {
        const parsed = parseRow(line, streamFields);
        if (parsed) expect(parsed.sample.uuid).toMatch(/^GPU-/);
      }),
    );
    const lost = parseRow(row(0, '[GPU is lost]'), streamFields);
    expect(lost?.sample).toMatchObject({ state: 'lost', memoryUsedMiB: null, memoryTotalMiB: 24576 });
    expect(parseRow(row(0, '[N/A]'), streamFields)?.sample).toMatchObject({ state: 'ok', memoryUsedMiB: null });
    expect(parseRow(row(0, 1), streamFields)?.name).toBe('NVIDIA, Card 0');
  });
});

describe('negotiate', () => {
  it('asks only for what is listed', () => {
    const help = '"index"\nx\n\n"name" or "gpu_name"\n"uuid"\n"memory.used"\n"memory.total"\nthe "pstate" of it\n';
    const fields = negotiate(help);
    expect(fields).toEqual(['index', 'uuid', 'memory.total', 'memory.used', 'name']);
    expect(isEnough(fields)).toBe(true);
    expect(isEnough(negotiate(''))).toBe(false);
  });
});

describe('processes', () => {
  it('are split with the name last', () => {
    const text = 'GPU-a, 12, 300, /opt/a? b/py"thon, x\nGPU-a, 13, [N/A], [Not Found]\nrubbish\n';
    expect(parseProcesses(text)).toEqual([
      { gpuUuid: 'GPU-a', pid: 12, usedMiB: 300, name: '/opt/a? b/py"thon, x' },
      { gpuUuid: 'GPU-a', pid: 13, usedMiB: null, name: '[Not Found]' },
    ]);
  });
});

describe('faults and shares', () => {
  it('keeps what was said', () => {
    expect(faultOf(9, 'no driver\n')).toEqual({ kind: 'no_driver', said: 'no driver', exitCode: 9 });
    expect(faultOf(null, 'ENOENT').kind).toBe('unknown');
  });

  it('splits our share so that its parts make the whole', () => {
    const MIB = 2 ** 20;
    const gpu = { index: 0, uuid: 'GPU-0', name: 'x', total: 256 * MIB, budget: null, peak: 0 };
    const held = { used: 30 * MIB, context: 12 * MIB, allocated: 14 * MIB, reserved: 18 * MIB, weights: 8 * MIB };
    const host = { total: 0, available: 0, rss: 0 };
    const memory: BackendMemory = { time: 0, cached_models: [], host, gpus: [{ ...gpu, ...held, kv_cache: 2 * MIB }] };
    const sample = parseRow(row(0, 40), streamFields)?.sample;
    const ours = mergeOwnShare({ time: 1, gpus: sample ? [sample] : [] }, memory).gpus[0]?.ours;
    expect(ours).toEqual({ usedMiB: 30, contextMiB: 12, weightsMiB: 8, kvCacheMiB: 2, workingSetMiB: 4, keptMiB: 4 });
  });
});
