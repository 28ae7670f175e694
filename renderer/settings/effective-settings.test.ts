import { expect, it } from 'vitest';
import { defaultSettings } from '#contract';
import { effectiveValue, shellLines } from './effective-settings.ts';

it('copies what the next start uses: the environment overrides what was chosen', () => {
  const desired = { ...defaultSettings, LBS_GPU_MEMORY_LIMIT: 0.8, LBS_USE_MODEL_CACHE: true };
  const text = shellLines(desired, {
    LBS_GPU_MEMORY_LIMIT: '0.5',
    LBS_USE_MODEL_CACHE: 'FALSE',
    LBS_TORCH_DTYPE: 'no',
  });
  expect(text).toContain('export LBS_GPU_MEMORY_LIMIT=0.5\n');
  expect(text).toContain('export LBS_USE_MODEL_CACHE=0\n');
  // An invalid override does not hide the chosen value.
  expect(text).toContain('export LBS_TORCH_DTYPE=float16\n');
  expect(shellLines(desired, {})).toContain('export LBS_GPU_MEMORY_LIMIT=0.8\n');
});

it('plans with what the next start uses, the environment first', () => {
  const desired = { ...defaultSettings, LBS_GPU_MEMORY_LIMIT: 0.8 };
  const settings = { desired, running: null, pending: [], overrides: { LBS_GPU_MEMORY_LIMIT: '0.5' } };
  expect(effectiveValue(settings, 'LBS_GPU_MEMORY_LIMIT')).toBe(0.5);
  expect(effectiveValue({ ...settings, overrides: { LBS_GPU_MEMORY_LIMIT: 'x' } }, 'LBS_GPU_MEMORY_LIMIT')).toBe(0.8);
  expect(effectiveValue(settings, 'LBS_TORCH_DTYPE')).toBe(desired.LBS_TORCH_DTYPE);
});
