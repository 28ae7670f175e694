import { expect, it } from 'vitest';
import { defaultSettings } from '#contract';
import { compare } from './applied.ts';

it('reports what is not in effect, and whether the environment is the reason', () => {
  const desired = { ...defaultSettings, LBS_GPU_MEMORY_LIMIT: 0.5, LBS_TORCH_DTYPE: 'float32' as const };
  const { differing } = compare({ desired, running: defaultSettings, overrides: { LBS_GPU_MEMORY_LIMIT: '0' } });
  expect(differing).toEqual([
    { name: 'LBS_GPU_MEMORY_LIMIT', asked: 0.5, inForce: 0, because: 'environment' },
    { name: 'LBS_TORCH_DTYPE', asked: 'float32', inForce: null, because: 'unknown' },
  ]);
});
