import { expect, it } from 'vitest';
import { predictedMiB, predictionOf } from './curve.ts';

const plan = { gpus: [{ index: 1, total: 2 ** 31 }], offload: null };

it('draws the plan of a run in progress, and that of its result later', () => {
  const live = { result: null, plan, predicted_peak: 2 ** 30 };
  expect(predictedMiB(predictionOf(live), 1, true)).toBe(1_024);
  expect(predictedMiB(predictionOf(live), 1, false)).toBe(2_048);
  const ended = { result: { predicted_peak: 2 ** 29 }, plan: null, predicted_peak: null };
  expect(predictedMiB(predictionOf(ended), 1, true)).toBe(512);
});

it('draws none before the plan is made, and none for each GPU where layers may be on the CPU', () => {
  expect(predictionOf({ result: null })).toBeNull();
  const offloaded = { result: null, plan: { ...plan, offload: { weights_on_cpu: 5 } }, predicted_peak: 2 ** 30 };
  expect(predictedMiB(predictionOf(offloaded), 1, false)).toBeNull();
  expect(predictedMiB(predictionOf(offloaded), 1, true)).toBe(1_024);
});
