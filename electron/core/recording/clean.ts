import { z } from 'zod';
import { panelStateSchema, runSchema, tickSchema } from '#contract';
import { anonymous, type Person } from '../incidents/index.ts';

/** Short texts recur (a GPU uuid, a process name): the cache cleans them once. */
const CACHED_CHARACTERS = 128;
const CACHED_TEXTS = 2_000;
/** Run ids look like secrets, but are not. */
const RUN_ID = /^[0-9a-f]{32}$/;
const RUN_ID_KEYS = new Set(['req_id', 'resumes', 'reqId', 'ref']);

interface CleanerOptions {
  person: Person;
  /** Values that must be removed although they do not look like secrets. */
  secrets(): readonly string[];
}

/** Writes values as JSON and texts without personal data and secrets. */
export interface Cleaner {
  json(value: unknown): string;
  text(text: string): string;
}

export function createCleaner({ person, secrets }: CleanerOptions): Cleaner {
  const enumValues = enumValuesOfContract();
  const cache = new Map<string, string>();
  let hidden: readonly string[] = [];

  const clean = (text: string) => {
    const without = hidden.reduce((rest, secret) => rest.replaceAll(secret, '[removed]'), text);
    return anonymous(without, person);
  };
  const text = (given: string) => {
    if (given.length > CACHED_CHARACTERS) return clean(given);
    const before = cache.get(given);
    if (before !== undefined) return before;
    if (cache.size >= CACHED_TEXTS) cache.clear();
    const cleaned = clean(given);
    cache.set(given, cleaned);
    return cleaned;
  };
  const refreshSecrets = () => {
    // The longest first: it may contain a shorter one.
    const now = secrets().filter(Boolean);
    if (now.length === hidden.length && now.every((secret) => hidden.includes(secret))) return;
    hidden = [...now].sort((a, b) => b.length - a.length);
    cache.clear();
  };
  const keeps = (key: string, value: string) =>
    // A user named `server` or `ready` is hidden in `user`, but not where it is a value of an enum.
    (key !== 'user' && enumValues.has(value)) || (RUN_ID_KEYS.has(key) && RUN_ID.test(value));
  return {
    json(value) {
      refreshSecrets();
      return JSON.stringify(value, (key, one: unknown) =>
        typeof one !== 'string' || keeps(key, one) ? one : text(one),
      );
    },
    text(given) {
      refreshSecrets();
      return text(given);
    },
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
