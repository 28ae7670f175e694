/** One server-sent event. */
export interface ServerEvent {
  event: string;
  data: string;
}

/** Longer than any event of ours; a stream without a line's end must not grow memory. */
const LONGEST_BUFFER = 64 * 1024 * 1024;

/** Reads text/event-stream as it arrives in pieces (WHATWG's rules, without `id` and `retry`). */
export function createSseParser(onEvent: (event: ServerEvent) => void) {
  let rest = '';
  let event = '';
  let data: string[] = [];

  const line = (text: string) => {
    if (text === '') {
      if (data.length > 0) onEvent({ event: event || 'message', data: data.join('\n') });
      event = '';
      data = [];
      return;
    }
    const colon = text.indexOf(':');
    if (colon === 0) return;
    const field = colon === -1 ? text : text.slice(0, colon);
    const value = colon === -1 ? '' : text.slice(colon + 1).replace(/^ /, '');
    if (field === 'event') event = value;
    if (field === 'data') data.push(value);
  };

  return {
    push(piece: string) {
      const all = rest + piece;
      // A carriage return at the very end may be the first half of a line's end.
      const keep = all.endsWith('\r') ? 1 : 0;
      const lines = all.slice(0, all.length - keep).split(/\r\n|\n|\r/);
      rest = (lines.pop() ?? '') + all.slice(all.length - keep);
      if (rest.length > LONGEST_BUFFER) throw new Error('a server-sent event without an end');
      for (const text of lines) line(text);
    },
  };
}
