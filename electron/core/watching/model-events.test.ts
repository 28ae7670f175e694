import { expect, it } from 'vitest';
import type { BackendMemory, Run } from '#contract';
import { type LoadedModels, modelEvents } from './model-events.ts';

const memory = (weights: number, cached: string[] = []) =>
  ({
    gpus: [{ weights }],
    cached_models: cached.map((path) => ({ path, dtype: 'float16', bytes: 1, place: 'gpu', hits: 0 })),
  }) as unknown as BackendMemory;
const run = (model: string) => ({ model }) as Run;

function followed() {
  let held: LoadedModels = null;
  const marked: string[] = [];
  const look = (memory: BackendMemory | null, on: Run | null = null) => {
    held = modelEvents(held, memory, on, (kind, text) => marked.push(`${kind} ${text}`));
  };
  return { look, marked };
}

it('marks the load of a run’s model once, and its release', () => {
  const { look, marked } = followed();
  look(memory(0), run('/models/llama'));
  look(memory(5), run('/models/llama'));
  look(memory(9), run('/models/llama'));
  look(memory(0), run('/models/llama'));
  expect(marked).toEqual(['model_loaded llama', 'model_released llama']);
});

it('recognizes a cached model as the one that was loaded, and the eviction of another', () => {
  const { look, marked } = followed();
  look(memory(5), run('/models/a'));
  look(memory(5, ['/models/a']));
  look(memory(5, ['/models/a']), run('C:\\models\\b'));
  look(memory(5), run('C:\\models\\b'));
  look(null);
  expect(marked).toEqual(['model_loaded a', 'model_loaded b', 'model_released a', 'model_released b']);
});
