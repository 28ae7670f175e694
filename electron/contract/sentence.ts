import { z } from 'zod';

/** Text and numbers as they are, another sentence, or a list of either. */
export type SentenceValue = string | number | Sentence | readonly (string | Sentence)[];

/** What the core or the backend says to a person: a code with its values, so that the panel words it in its language. */
export interface Sentence {
  /** `room.name`; those of the backend begin with `lbs.`. */
  code: string;
  values: Readonly<Record<string, SentenceValue>>;
  /** In English: for the log, the terminal and reports. */
  text: string;
}

const valueSchema: z.ZodType<SentenceValue> = z.lazy(() =>
  z.union([z.string(), z.number(), sentenceSchema, z.array(z.union([z.string(), sentenceSchema]))]),
);

export const sentenceSchema: z.ZodType<Sentence> = z.object({
  code: z.string(),
  values: z.record(z.string(), valueSchema),
  text: z.string(),
});

/** The names between double braces. */
type Names<T extends string> = T extends `${string}{{${infer Name}}}${infer Rest}` ? Name | Names<Rest> : never;
type Values<T extends string> = [Names<T>] extends [never] ? [] : [values: Record<Names<T>, SentenceValue>];

/** A list as one text: whole sentences follow each other, other items are separated. */
export const joinItems = (items: readonly (string | number)[], separator: string, space: string): string =>
  items.join(items.every((item) => /[.。]$/.test(String(item))) ? space : separator);

const englishValue = (value: SentenceValue): string => {
  if (typeof value === 'string' || typeof value === 'number') return String(value);
  return 'text' in value ? value.text : joinItems(value.map(englishValue), ', ', ' ');
};

/** Puts values in the place of `{{name}}`. */
export const fillIn = (template: string, values: Readonly<Record<string, string | number>>): string =>
  template.replace(/\{\{(\w+)\}\}/g, (whole, name: string) => String(values[name] ?? whole));

/**
 * Declares the sentences of one room by name, in English, with `{{name}}` where a value goes. `say(name, values)` makes one; the
 * compiler checks the values. Each has its Chinese in renderer/i18n/sentences/zh, which a test checks.
 */
export function declareSentences<const T extends Record<string, string>>(room: string, texts: T) {
  const say = <K extends keyof T & string>(name: K, ...rest: Values<T[K]>): Sentence => {
    const values: Record<string, SentenceValue> = rest[0] ?? {};
    const english = Object.fromEntries(Object.entries(values).map(([key, value]) => [key, englishValue(value)]));
    return { code: `${room}.${name}`, values, text: fillIn(texts[name] ?? '', english) };
  };
  return { room, texts, say };
}

/** Text of another program, such as an error of the operating system: shown unchanged in every language. */
export const verbatim = (text: string): Sentence => ({ code: 'verbatim', values: {}, text });

/** The backend's sentence; the plain text of an older backend, which sends none. */
export const sentenceOrText = (sentence: Sentence | null, text: string | null): Sentence | null =>
  sentence ?? (text === null ? null : verbatim(text));
