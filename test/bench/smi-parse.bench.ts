import { bench, describe } from 'vitest';
import { smiRow } from '#samples';
import { createTickParser } from '../../electron/core/gpu/stream/parser.ts';
import { streamFields } from '../../electron/core/gpu/stream/row.ts';

/**
 * One tick of eight GPUs under load, where memory, power, utilisation, temperature and clocks differ from tick to tick.
 * The baselines parse the same cells in the same run: JSON.parse, the cost of any structured text, and a bare split, the
 * lower bound of any CSV parser. The report shows the ratios.
 */
const TICKS = 64;
const row = (index: number, tick: number) =>
  `${smiRow(streamFields, {
    index,
    uuid: `GPU-${index}`,
    'memory.total': 81559,
    'memory.used': 40_000 + 7 * tick + index,
    'memory.free': 41_000 - 7 * tick - index,
    'utilization.gpu': (tick * 13 + index) % 101,
    pstate: 'P0',
    'utilization.memory': (tick * 7 + index) % 101,
    'temperature.gpu': 50 + (tick % 20),
    'fan.speed': '[N/A]',
    'power.draw': (400 + tick + index / 10).toFixed(2),
    'clocks.sm': 1_900 + ((tick * 15) % 90),
    'clocks_event_reasons.active': '0x0000000000000000',
    name: 'NVIDIA H100 80GB HBM3',
  })}\n`;
const texts = Array.from({ length: TICKS }, (_, tick) =>
  Array.from({ length: 8 }, (_, index) => row(index, tick)).join(''),
);
const jsons = texts.map((text) => JSON.stringify(text.split('\n').map((line) => line.split(', '))));
const at = (list: readonly string[], tick: number) => list[tick % TICKS] ?? '';

const parser = createTickParser(streamFields);
parser.push(at(texts, 0), 0);
// A parser that rejects every row would seem fast.
const [first] = parser.push(at(texts, 1), 1);
if (first?.tick.gpus[7]?.memoryUsedMiB !== 40_007) throw new Error('The parser does not read the rows as they are.');

let time = 2;
describe('one tick of eight GPUs', () => {
  bench('the stream parser', () => {
    parser.push(at(texts, time), time);
    time += 1;
  });
  bench('JSON.parse of the same cells', () => {
    JSON.parse(at(jsons, time));
    time += 1;
  });
  bench('a bare split', () => {
    for (const line of at(texts, time).split('\n')) line.split(', ');
    time += 1;
  });
});
