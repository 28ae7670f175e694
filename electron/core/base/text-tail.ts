/** How far the end of a line is searched for, in characters. */
const LINE = 4_096;

/** The newest part of a text that only grows. */
interface TextTail {
  push(text: string): void;
  /** All of it. */
  text(): string;
  /** Removes and returns the oldest characters, at most so many, up to the end of a line where possible. */
  take(characters: number): string;
  length(): number;
  /** How many of the oldest characters were dropped since the last call. */
  dropped(): number;
}

/**
 * Holds at most `limit` characters and drops the oldest, up to the end of a line where possible. One ring buffer: strings
 * in a list would each live long enough to grow the heap by tens of MiB in a flood of output.
 */
export function createTextTail(limit: number): TextTail {
  // UTF-16, as strings are: an offset in the buffer is an index of a character.
  const ring = Buffer.allocUnsafeSlow(2 * limit);
  let start = 0;
  let length = 0;
  let dropped = 0;

  const read = (characters: number) => {
    const end = start + characters;
    const first = ring.toString('utf16le', 2 * start, 2 * Math.min(end, limit));
    return end > limit ? first + ring.toString('utf16le', 0, 2 * (end - limit)) : first;
  };
  const forget = (characters: number) => {
    start = (start + characters) % limit;
    length -= characters;
  };
  const write = (text: string) => {
    const end = (start + length) % limit;
    const written = ring.write(text, 2 * end, 'utf16le') / 2;
    if (written < text.length) ring.write(text.slice(written), 0, 'utf16le');
    length += text.length;
  };
  const dropOldest = (characters: number) => {
    const searched = Math.min(length, limit - start, characters + LINE);
    const line = ring.subarray(2 * start, 2 * (start + searched)).indexOf('\n', 2 * (characters - 1), 'utf16le');
    const gone = line < 0 ? characters : line / 2 + 1;
    forget(gone);
    dropped += gone;
  };
  return {
    push(text) {
      const kept = text.length > limit ? text.slice(text.length - limit) : text;
      dropped += text.length - kept.length;
      const over = length + kept.length - limit;
      if (over > 0) dropOldest(over);
      write(kept);
    },
    text: () => read(length),
    take(characters) {
      const most = read(Math.min(length, characters));
      const line = most.length < length ? most.lastIndexOf('\n') + 1 : 0;
      const removed = line > 0 ? most.slice(0, line) : most;
      forget(removed.length);
      return removed;
    },
    length: () => length,
    dropped() {
      const since = dropped;
      dropped = 0;
      return since;
    },
  };
}
