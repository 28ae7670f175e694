import { bench, describe } from 'vitest';
import { createTickParser, streamFields } from '../../electron/core/gpu/parser.ts';

/** One tick of eight GPUs. The peer is JSON.parse of the same figures: what reading any structured text costs. */
const rows = Array.from(
  { length: 8 },
  (_, index) =>
    `${index}, GPU-${index}, 81559, 479, 11125, 69956, 42, 61, 433.78, 700.00, 590.48, NVIDIA H100 80GB HBM3\n`,
);
const text = rows.join('');
const json = JSON.stringify(rows.map((row) => row.trim().split(', ')));

describe('one tick of eight GPUs', () => {
  bench('JSON.parse of the same cells', () => {
    JSON.parse(json);
  });
  const parser = createTickParser(streamFields);
  bench('the stream parser', () => {
    parser.push(text, 0);
  });
});
