import { bench, describe } from 'vitest';
import { smiRow } from '#samples';
import { createTickParser } from '../../electron/core/gpu/parser.ts';
import { streamFields } from '../../electron/core/gpu/row.ts';

/**
 * One tick of eight GPUs. The peers read the same cells in the same run: JSON.parse, what reading any structured text
 * costs, and a bare split, below which no reader of CSV can come. The report gives the ratios.
 */
const rows = Array.from(
  { length: 8 },
  (_, index) =>
    `${smiRow(streamFields, { index, uuid: `GPU-${index}`, 'power.draw': '433.78', name: 'NVIDIA H100 80GB HBM3' })}\n`,
);
const text = rows.join('');
const json = JSON.stringify(rows.map((row) => row.trim().split(', ')));

const parser = createTickParser(streamFields);
parser.push(text, 0);
// A parser that refuses every row would look fast.
const [first] = parser.push(text, 1);
if (first?.tick.gpus.length !== 8) throw new Error('The parser does not read the rows that it is measured with.');

let time = 2;
describe('one tick of eight GPUs', () => {
  bench('the stream parser', () => {
    parser.push(text, time++);
  });
  bench('JSON.parse of the same cells', () => {
    JSON.parse(json);
  });
  bench('a bare split', () => {
    for (const line of text.split('\n')) line.split(', ');
  });
});
