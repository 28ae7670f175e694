import { z } from 'zod';
import { panelStateSchema, runSchema, tickSchema } from '#contract';
import { anonymous, type Person } from '../incidents/index.ts';

/** Texts of this length come again and again (a GPU's uuid, a process' name), and are cleaned once. */
const REMEMBERED_CHARACTERS = 128;
const REMEMBERED = 2_000;
/** What tells runs apart: a secret by its looks only. */
const RUN_ID = /^[0-9a-f]{32}$/;
const RUN_ID_KEYS = new Set(['req_id', 'resumes', 'reqId', 'ref']);

export interface CleanerOptions {
  person: Person;
  /** What must not be told, though nothing in its looks says so. */
  secrets(): readonly string[];
}

/** Values as JSON and texts, without what names the person and without a secret. */
export interface Cleaner {
  json(value: unknown): string;
  text(text: string): string;
}

export function createCleaner({ person, secrets }: CleanerOptions): Cleaner {
  const words = wordsOfContract();
  const known = new Map<string, string>();
  let hidden: readonly string[] = [];

  const wash = (text: string) => {
    const without = hidden.reduce((rest, secret) => rest.replaceAll(secret, '[removed]'), text);
    return anonymous(without, person);
  };
  const text = (given: string) => {
    if (given.length > REMEMBERED_CHARACTERS) return wash(given);
    const before = known.get(given);
    if (before !== undefined) return before;
    if (known.size >= REMEMBERED) known.clear();
    const washed = wash(given);
    known.set(given, washed);
    return washed;
  };
  const look = () => {
    // The longest first: a shorter one may be a part of it.
    const now = secrets().filter(Boolean);
    if (now.length === hidden.length && now.every((secret) => hidden.includes(secret))) return;
    hidden = [...now].sort((a, b) => b.length - a.length);
    known.clear();
  };
  const keeps = (key: string, value: string) =>
    // Who is called `server` or `ready` is hidden where a name stands, not where one of our own words does.
    (key !== 'user' && words.has(value)) || (RUN_ID_KEYS.has(key) && RUN_ID.test(value));
  return {
    json(value) {
      look();
      return JSON.stringify(value, (key, one: unknown) =>
        typeof one !== 'string' || keeps(key, one) ? one : text(one),
      );
    },
    text(given) {
      look();
      return text(given);
    },
  };
}

/** Every word of an enumeration in what is recorded: a reader refuses what is none of them. */
function wordsOfContract(): ReadonlySet<string> {
  const words = new Set<string>();
  const collect = (node: unknown) => {
    if (typeof node !== 'object' || node === null) return;
    const { enum: several, const: one } = node as { enum?: unknown; const?: unknown };
    for (const word of [...(Array.isArray(several) ? several : []), one]) if (typeof word === 'string') words.add(word);
    for (const part of Object.values(node)) collect(part);
  };
  for (const schema of [panelStateSchema, tickSchema, runSchema])
    collect(z.toJSONSchema(schema, { unrepresentable: 'any', io: 'input' }));
  return words;
}
