import type { z } from 'zod';
import { cevalFieldsSchema } from '../ceval/ceval-fields.ts';
import { needleFieldsSchema } from '../needle/needle-fields.ts';
import { datasetSchema, draftDefaults, type RunDraft } from './run-draft.ts';

/** The form in the address: `run.model`, `run.dataset`, and each field that differs from its default, such as `needle.repeats`. */
const sections = { needle: needleFieldsSchema.shape, ceval: cevalFieldsSchema.shape } as const;
type Section = keyof typeof sections;
type Fields = Record<string, unknown>;

const MODEL = 'run.model';
const DATASET = 'run.dataset';
/** A longer address than servers and chats keep is not written. */
const LONGEST_TEXT = 4_096;

const fields: readonly { section: Section; name: string; place: string; schema: z.ZodType }[] = (
  Object.keys(sections) as Section[]
).flatMap((section) =>
  Object.entries(sections[section]).map(([name, schema]) => ({ section, name, place: `${section}.${name}`, schema })),
);

function textOf(value: unknown): string {
  if (typeof value === 'boolean') return value ? '1' : '0';
  if (Array.isArray(value)) return value.join(',');
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** Every value that the text may stand for; the field's schema decides. */
function candidates(text: string): unknown[] {
  const flags: Record<string, boolean> = { '1': true, '0': false };
  const number = text.trim() === '' ? [] : [Number(text)];
  return [text, flags[text], ...number, text.split(',').filter(Boolean), parsed(text)];
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Writes the draft into the parts of an address, and leaves all others alone. */
export function writeDraft(draft: RunDraft, places: URLSearchParams): void {
  const put = (place: string, text: string, initial: string) => {
    if (text === initial || text.length > LONGEST_TEXT) places.delete(place);
    else places.set(place, text);
  };
  put(MODEL, draft.model ?? '', '');
  put(DATASET, draft.dataset, draftDefaults.dataset);
  for (const { section, name, place } of fields) {
    put(place, textOf((draft[section] as Fields)[name]), textOf((draftDefaults[section] as Fields)[name]));
  }
}

/** The draft of an address; null where it names none. An invalid part counts as left out. */
export function readDraft(places: URLSearchParams): RunDraft | null {
  if (![...places.keys()].some((place) => place === MODEL || place === DATASET || isField(place))) return null;
  const draft = { needle: { ...draftDefaults.needle }, ceval: { ...draftDefaults.ceval } };
  for (const { section, name, place, schema } of fields) {
    const text = places.get(place);
    if (text === null) continue;
    const good = candidates(text)
      .map((candidate) => schema.safeParse(candidate))
      .find((result) => result.success);
    if (good) (draft[section] as Fields)[name] = good.data;
  }
  const dataset = datasetSchema.safeParse(places.get(DATASET)).data ?? draftDefaults.dataset;
  return { model: places.get(MODEL) || null, dataset, ...draft };
}

const isField = (name: string) => fields.some(({ place }) => place === name);
