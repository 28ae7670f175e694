import { z } from 'zod';
import { panelStateSchema, runSchema, tickSchema } from '#contract';
import type { Redactor } from '../redaction/index.ts';

/** Short texts recur (a GPU uuid, a process name): the cache cleans them once. */
const CACHED_CHARACTERS = 128;
const CACHED_TEXTS = 2_000;
/** Writes values as JSON, and text, without personal data and secrets. */
export interface Cleaner {
  json(value: unknown): string;
  /** Where `text` may be cut, at most at `most`: never inside of what would be removed from it. */
  cut(text: string, most: number): number;
}

export function createCleaner(redactor: Redactor): Cleaner {
  const enumValues = enumValuesOfContract();
  const cache = new Map<string, string>();
  let generation = 0;

  const text = (given: string) => {
    if (given.length > CACHED_CHARACTERS) return redactor.text(given);
    const before = cache.get(given);
    if (before !== undefined) return before;
    if (cache.size >= CACHED_TEXTS) cache.clear();
    const cleaned = redactor.text(given);
    cache.set(given, cleaned);
    return cleaned;
  };
  return {
    json(value) {
      if (generation !== redactor.generation()) cache.clear();
      generation = redactor.generation();
      return JSON.stringify(value, (key, one: unknown) =>
        // A user named `server` or `ready` is hidden in `user`, but not where it is a value of an enum.
        typeof one !== 'string' || (key !== 'user' && enumValues.has(one)) ? one : text(one),
      );
    },
    cut: (given, most) => redactor.find(given).find(({ from, to }) => from < most && to > most)?.from ?? most,
  };
}

/** Every value of an enum in the recorded schemas: a reader rejects any other. */
function enumValuesOfContract(): ReadonlySet<string> {
  const words = new Set<string>();
  const collect = (node: unknown) => {
    if (typeof node !== 'object' || node === null) return;
    const { enum: several, const: one } = node as { enum?: unknown; const?: unknown };
    for (const word of [...(Array.isArray(several) ? several : []), one]) if (typeof word === 'string') words.add(word);
    for (const part of Object.values(node)) collect(part);
  };
  // Fields of older versions are transformed: their enums are in the output only.
  for (const schema of [panelStateSchema, tickSchema, runSchema])
    for (const io of ['input', 'output'] as const) collect(z.toJSONSchema(schema, { unrepresentable: 'any', io }));
  return words;
}
