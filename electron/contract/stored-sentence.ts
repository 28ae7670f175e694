import { z } from 'zod';
import { sentenceSchema, verbatim } from './sentence.ts';

/** A sentence, or the plain text that an older Headroom stored in its place. */
export const storedSentenceSchema = z.union([sentenceSchema, z.string().transform(verbatim)]);

/** Several sentences; an older Headroom stored one text, or null. */
export const storedSentencesSchema = z.preprocess(
  (raw) => (raw === null || raw === undefined ? [] : typeof raw === 'string' ? [raw] : raw),
  z.array(storedSentenceSchema),
);

/** Reads the field `now` from `old`, its name in files of an older Headroom. */
export function renamedField<T extends z.ZodType>(old: string, now: string, schema: T) {
  return z.preprocess((raw) => {
    if (typeof raw !== 'object' || raw === null || now in raw || !(old in raw)) return raw;
    const { [old]: value, ...rest } = raw as Record<string, unknown>;
    return { ...rest, [now]: value };
  }, schema);
}
