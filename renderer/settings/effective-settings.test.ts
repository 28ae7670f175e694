import { expect, it } from 'vitest';
import { defaultSettings } from '#contract';
import { effectiveValue, plannedDtype, shellLines } from './effective-settings.ts';

it('copies what the next start uses: the environment overrides what was chosen', () => {
  const desired = {
    ...defaultSettings,
    LBS_GPU_MEMORY_LIMIT: 0.8,
    LBS_USE_MODEL_CACHE: true,
    LBS_TORCH_DTYPE: 'float16' as const,
  };
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
  const settings = {
    desired,
    running: null,
    pending: [],
    exposedHost: null,
    overrides: { LBS_GPU_MEMORY_LIMIT: '0.5' },
  };
  expect(effectiveValue(settings, 'LBS_GPU_MEMORY_LIMIT')).toBe(0.5);
  expect(effectiveValue({ ...settings, overrides: { LBS_GPU_MEMORY_LIMIT: 'x' } }, 'LBS_GPU_MEMORY_LIMIT')).toBe(0.8);
  expect(effectiveValue(settings, 'LBS_TORCH_DTYPE')).toBe(desired.LBS_TORCH_DTYPE);
});

it('plans with the data type of the next start, also where that is left to the backend', () => {
  const state = (next: 'float16' | null, running: 'float32' | null) => ({
    desired: { ...defaultSettings, LBS_TORCH_DTYPE: next },
    running: { LBS_TORCH_DTYPE: running },
    pending: [],
    overrides: {},
    exposedHost: null,
  });
  expect(plannedDtype(state('float16', null))).toBe('float16');
  expect(plannedDtype(state(null, 'float32'))).toBe('default');
  expect(plannedDtype(state(null, null))).toBe(undefined);
});
