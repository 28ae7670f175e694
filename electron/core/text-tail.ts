/** Many small pieces would cost more than their text: they are joined until they are this long. */
const PIECE = 8_192;

/** The newest part of a text that only grows. */
export interface TextTail {
  push(text: string): void;
  /** Oldest first. */
  pieces(): readonly string[];
  /** Takes the oldest pieces away, until they are at least `characters` long. */
  take(characters: number): string[];
  length(): number;
  /** How many of the oldest characters gave way since this was last asked. */
  dropped(): number;
}

/**
 * Holds at most `limit` characters. The oldest give way, up to the end of a line or of what was pushed at once, so that
 * no escape sequence is cut.
 */
export function createTextTail(limit: number): TextTail {
  const pieces: string[] = [];
  let open: string[] = [];
  let openLength = 0;
  let length = 0;
  let dropped = 0;

  const close = () => {
    if (openLength > 0) pieces.push(open.join(''));
    open = [];
    openLength = 0;
  };
  const giveWay = () => {
    if (pieces.length === 0) close();
    const first = pieces.shift() ?? '';
    const line = first.indexOf('\n', length - limit - 1) + 1;
    const rest = line > 0 ? first.slice(line) : '';
    if (rest) pieces.unshift(rest);
    length -= first.length - rest.length;
    dropped += first.length - rest.length;
  };
  return {
    push(text) {
      open.push(text);
      openLength += text.length;
      length += text.length;
      if (openLength >= PIECE) close();
      while (length > limit) giveWay();
    },
    pieces() {
      close();
      return pieces;
    },
    take(characters) {
      close();
      let taken = 0;
      const end = pieces.findIndex((piece) => {
        taken += piece.length;
        return taken >= characters;
      });
      const front = pieces.splice(0, end < 0 ? pieces.length : end + 1);
      length -= taken;
      return front;
    },
    length: () => length,
    dropped() {
      const since = dropped;
      dropped = 0;
      return since;
    },
  };
}
