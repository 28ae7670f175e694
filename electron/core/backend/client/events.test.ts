import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createEventParser } from './events.ts';

describe('events', () => {
  it('are the same wherever the text is split', () => {
    const text = 'event: run\ndata: {"a":1}\n\n: ping\n\nevent: memory\ndata: {"b":2}\n\n';
    fc.assert(
      fc.property(fc.array(fc.nat(text.length)), (cuts) => {
        const seen: string[] = [];
        const push = createEventParser((kind, data) => seen.push(`${kind} ${data}`));
        const places = [0, ...cuts.sort((a, b) => a - b), text.length];
        for (const [i, end] of places.slice(1).entries()) push(text.slice(places[i], end));
        expect(seen).toEqual(['run {"a":1}', 'memory {"b":2}']);
      }),
    );
  });
});
