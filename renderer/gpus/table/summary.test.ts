import type { TFunction } from 'i18next';
import { expect, it } from 'vitest';
import { gpuDevice } from '#samples';
import { summaryOf } from './summary.ts';

const t = ((key: string, { limit, budget }: Record<string, string> = {}) =>
  key === 'gpu.table.limit' ? `limit ${limit} = ${budget} each` : 'no limit') as unknown as TFunction;
const h100 = gpuDevice({ name: 'NVIDIA H100 80GB', memoryTotalMiB: 81_408 });
const rtx = gpuDevice({ name: 'NVIDIA GeForce RTX 4090', memoryTotalMiB: 24_576 });

it.each([
  [Array(8).fill(h100), 0.8, '8 × H100 80GB · limit 0.80 = 63.6 GiB each'],
  [[h100, h100, rtx], 0.8, '2 × H100 80GB, 1 × RTX 4090 · limit 0.80 = 19.2–63.6 GiB each'],
  [[h100, h100, rtx], '16GiB', '2 × H100 80GB, 1 × RTX 4090 · limit 16GiB = 16.0 GiB each'],
  [[h100, h100, h100], 0, '3 × H100 80GB · no limit'],
  [[gpuDevice({ name: 'Orin' })], 0.5, '1 × Orin · no limit'],
])('says what the GPUs are and what each may use', (devices, limit, text) => {
  expect(summaryOf(devices, limit, t)).toBe(text);
});
