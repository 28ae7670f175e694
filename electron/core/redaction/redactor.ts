import { assignedSecrets } from './assignments.ts';
import { type Detector, wellKnown } from './detector.ts';
import { type Form, formsOf, rangesOf, SHORTEST_SECRET } from './forms.ts';
import { type Person, personPattern } from './person.ts';

const REMOVED = '[removed]';
const PERSON = '~';

/** A part of a text, and its replacement in the copy. */
interface Redaction {
  from: number;
  to: number;
  instead: typeof REMOVED | typeof PERSON | '***';
}

/**
 * Finds what must not be in a file that is shared: known secrets in any encoding, what is assigned to the name of a secret, what
 * looks like a key, and the person's name and home folder.
 */
export interface Redactor {
  /** Sorted and disjoint. A secret that is found is known from then on: its encoded forms are found as well. */
  find(text: string): Redaction[];
  text(text: string): string;
  /** Every string of a value, which is copied as JSON. */
  value<T>(value: T): T;
  /** Grows with each secret that becomes known: text that was redacted before may hold it. */
  generation(): number;
}

interface RedactorOptions {
  detect: Detector;
  /** Secret values that do not look like secrets. */
  known(): readonly string[];
  /** Absent: names and folders stay. */
  person?: Person;
}

/** Of found values; later ones are still removed where they look like secrets. */
const MOST_LEARNED = 200;
const LONGEST_LEARNED = 512;

export function createRedactor({ detect, known, person }: RedactorOptions): Redactor {
  const forms = new Map<string, Form[]>();
  const personal = person ? personPattern(person) : null;
  let learned = 0;

  const add = (value: string) => {
    if (value.length >= SHORTEST_SECRET && !forms.has(value)) forms.set(value, formsOf(value));
  };
  const learn = (value: string) => {
    if (forms.has(value) || learned >= MOST_LEARNED || !isOpaque(value)) return;
    learned += 1;
    add(value);
  };
  const secretsIn = (text: string) => {
    if (text.length < SHORTEST_SECRET) return [];
    const found = [...detect(text), ...assignedSecrets(text)];
    for (const [from, to] of found) learn(text.slice(from, to));
    return [...found, ...rangesOf(forms.values(), text)];
  };
  const find = (text: string): Redaction[] => {
    for (const value of known()) add(value);
    const names = personal ? [...text.matchAll(personal)] : [];
    return merged([
      ...secretsIn(text).map(([from, to]): Redaction => ({ from, to, instead: REMOVED })),
      ...names.map(({ 0: name, index }): Redaction => ({ from: index, to: index + name.length, instead: PERSON })),
    ]);
  };
  const redacted = (text: string) => replaced(text, find(text));
  return {
    find,
    text: redacted,
    value: <T>(value: T) =>
      JSON.parse(JSON.stringify(value), (_, one: unknown) => (typeof one === 'string' ? redacted(one) : one)) as T,
    generation() {
      for (const value of known()) add(value);
      return forms.size;
    },
  };
}

/** The copy of a short text that is shown, without what plainly is a secret. */
export const masked = (text: string): string =>
  replaced(
    text,
    merged([...wellKnown(text), ...assignedSecrets(text)].map(([from, to]) => ({ from, to, instead: '***' }))),
  );

/** A dictionary word or a path after "password:" is not removed elsewhere in the text. */
const isOpaque = (value: string) =>
  !/^(?:~?\/|[A-Z]:\\)/.test(value) &&
  value.length >= 8 &&
  value.length <= LONGEST_LEARNED &&
  /\d/.test(value) &&
  /[^\d.,]/.test(value);

/** Where a name and a secret overlap, both are removed. */
function merged(redactions: Redaction[]): Redaction[] {
  const all: Redaction[] = [];
  for (const one of redactions.filter(({ from, to }) => to > from).sort((a, b) => a.from - b.from)) {
    const last = all.at(-1);
    if (!last || one.from >= last.to) all.push({ ...one });
    else {
      last.to = Math.max(last.to, one.to);
      if (one.instead === REMOVED) last.instead = REMOVED;
    }
  }
  return all;
}

function replaced(text: string, redactions: readonly Redaction[]): string {
  let clean = '';
  let end = 0;
  for (const { from, to, instead } of redactions) {
    clean += `${text.slice(end, from)}${instead}`;
    end = to;
  }
  return clean + text.slice(end);
}
