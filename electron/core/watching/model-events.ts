import { basename } from 'node:path';
import type { BackendMemory, EventKind, Run } from '#contract';

/** The models on the GPUs at the last report; null: no weights at all. */
export type LoadedModels = { names: readonly string[] } | null;

/** A model's folder name; works for Windows paths on any platform. */
const nameOf = (path: string) => basename(path.replaceAll('\\', '/'));

/** Marks each model that was loaded or released since the last report; returns what is loaded now. */
export function modelEvents(
  before: LoadedModels,
  memory: BackendMemory | null,
  run: Run | null,
  mark: (kind: EventKind, text: string) => void,
): LoadedModels {
  const weights = (memory?.gpus ?? []).reduce((sum, gpu) => sum + gpu.weights, 0);
  if (!memory || weights === 0) {
    for (const name of before?.names ?? []) mark('model_released', name);
    return null;
  }
  const cached = memory.cached_models.filter(({ place }) => place === 'gpu').map(({ path }) => path);
  const names = [...new Set([...cached, ...(run ? [run.model] : [])].map(nameOf))];
  // A cached model may be reported before its run or after it: the names stay as they were until one is known.
  if (names.length === 0) return before ?? { names: [] };
  for (const name of names) if (!before?.names.includes(name)) mark('model_loaded', name);
  for (const name of before?.names ?? []) if (!names.includes(name)) mark('model_released', name);
  return { names };
}
