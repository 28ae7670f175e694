import { expect, it } from 'vitest';
import { gpuSample } from '#samples';
import { createChangeCounter } from './others-memory.ts';

const shares = { contextMiB: 0, weightsMiB: 0, kvCacheMiB: 0, activationsMiB: 0, keptMiB: 0 };
const gpu = (memoryUsedMiB: number | null, ours = 0, memoryTotalMiB = 24_576, uuid = 'GPU-0') =>
  gpuSample({ uuid, memoryUsedMiB, memoryTotalMiB, ours: { ...shares, usedMiB: ours } });

/** The count after each sample, half a second apart. */
function after(...samples: ReturnType<typeof gpu>[]) {
  const count = createChangeCounter();
  return samples.map((sample, i) => count(i * 500, [sample]));
}

it('counts a lasting change of what others hold once', () => {
  const used = [1_000, 1_400, 6_000, 6_000, 6_000, 6_000, 6_000, 900, 900, 900, 900];
  expect(after(...used.map((mib) => gpu(mib)))).toEqual([0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 2]);
});

it('ignores our own memory, although the backend reports it at other moments', () => {
  const pairs = [
    [1_000, 0],
    [9_000, 0],
    [9_000, 8_000],
    [17_000, 8_000],
    [17_000, 16_000],
    [17_000, 16_000],
  ];
  expect(after(...pairs.map(([used = 0, ours]) => gpu(used, ours)))).toEqual([0, 0, 0, 0, 0, 0]);
});

it('follows a ramp in steps that depend on the size of the card', () => {
  const ramp = Array.from({ length: 40 }, (_, i) => gpu(8 + i * 6, 0, 256));
  const counts = after(...ramp);
  expect(counts.at(-1)).toBeGreaterThanOrEqual(7);
  expect(counts.at(-1)).toBeLessThanOrEqual(13);
});

it('counts nothing for a GPU without a memory reading', () => {
  expect(after(gpu(1_000), gpu(null), gpu(null), gpu(null), gpu(null), gpu(null), gpu(1_010))).toEqual(
    Array(7).fill(0),
  );
});
