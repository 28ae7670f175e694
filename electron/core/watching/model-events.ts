import { basename } from 'node:path';
import type { BackendMemory, EventKind, Run } from '#contract';

/** What the backend held when it was last looked at; null: no weights at all. */
export type ModelHeld = { names: readonly string[] } | null;

/** A model's folder, as a person calls it; on Windows, too. */
const nameOf = (path: string) => basename(path.replaceAll('\\', '/'));

/** Tells which model came onto the GPUs or left them since the last look; answers what is held now. */
export function modelEvents(
  before: ModelHeld,
  memory: BackendMemory | null,
  run: Run | null,
  event: (kind: EventKind, text: string) => void,
): ModelHeld {
  const weights = (memory?.gpus ?? []).reduce((sum, gpu) => sum + gpu.weights, 0);
  if (!memory || weights === 0) {
    for (const name of before?.names ?? []) event('model_released', name);
    return null;
  }
  const cached = memory.cached_models.filter(({ place }) => place === 'gpu').map(({ path }) => path);
  const names = [...new Set([...cached, ...(run ? [run.model] : [])].map(nameOf))];
  // A cached model is told of before its run, or after it: until one can be named, who it was stays as it is.
  if (names.length === 0) return before ?? { names: [] };
  for (const name of names) if (!before?.names.includes(name)) event('model_loaded', name);
  for (const name of before?.names ?? []) if (!names.includes(name)) event('model_released', name);
  return { names };
}
