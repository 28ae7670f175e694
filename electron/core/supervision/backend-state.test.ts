import { expect, it } from 'vitest';
import type { BackendMemory } from '#contract';
import { fromMemory, stoppedBackend } from './backend-state.ts';

const memory = (hits: number, last: string | null): BackendMemory => ({
  time: hits,
  gpus: [],
  host: { total: 1, available: hits, rss: hits },
  cached_models: [{ path: '/m', dtype: 'float16', bytes: 1, place: 'gpu', hits }],
  cache: { hits, misses: 0, evictions: 0, last, last_sentence: null },
});

it('takes over reported cached models, and stays the same object where nothing changed', () => {
  const first = fromMemory(stoppedBackend, memory(1, null));
  expect(first).toMatchObject({ cachedModels: [{ path: '/m', hits: 1 }], cache: { last: null } });
  expect(fromMemory(first, { ...memory(1, null), time: 9 })).toBe(first);
  expect(fromMemory(first, memory(1, '/m was evicted')).cache?.last).toBe('/m was evicted');
});
