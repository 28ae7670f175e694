export const SECRET_MARK = '[removed]';
/** What replaces a secret, the person's name and their home folder in a file. */
const MARK = /\[removed\]|~/g;

const AROUND = 60;
const MOST_PLACES = 200;

/** Where something was removed from a file. */
export interface Redactions {
  /** Secrets that were removed. */
  secrets: number;
  /** Each different place once, with the text around it. */
  places: string[];
}

/** Collects the places of a file that is read piece by piece. */
export function createRedactions() {
  const places = new Set<string>();
  let secrets = 0;
  return {
    add(text: string) {
      for (const { 0: mark, index } of text.matchAll(MARK)) {
        if (mark === SECRET_MARK) secrets += 1;
        if (places.size >= MOST_PLACES) continue;
        const from = Math.max(0, index - AROUND);
        const to = index + mark.length + AROUND;
        const place = text.slice(from, to).replaceAll(/\s+/g, ' ').trim();
        places.add(`${from > 0 ? '…' : ''}${place}${to < text.length ? '…' : ''}`);
      }
    },
    result: (): Redactions => ({ secrets, places: [...places] }),
  };
}

/** The text in pieces; those at odd indexes are marks. */
export const splitAtMarks = (text: string): string[] => text.split(/(\[removed\]|~)/);
