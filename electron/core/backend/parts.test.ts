import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createEventParser } from './events.ts';
import { plainLines, reasonOf } from './reasons.ts';

describe('events', () => {
  it('come out the same wherever the text is cut', () => {
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

describe('reasons', () => {
  it('tell a configuration error in the backend’s own sentence', () => {
    const output = '\x1b[31mnoise\x1b[0m\r\nheadroom: LBS_TORCH_DTYPE must be float16.\r\n';
    expect(reasonOf(2, null, output)).toMatchObject({
      code: 'configuration',
      message: 'LBS_TORCH_DTYPE must be float16.',
    });
    expect(reasonOf(2, null, 'headroom: The port 5 cannot').code).toBe('port_busy');
    expect(reasonOf(2, null, 'headroom: this Python lacks torch').code).toBe('missing_package');
  });

  it('tell signals and exit codes of a crash, with the last lines', () => {
    expect(reasonOf(null, 'SIGKILL', 'a\r\nb\r\n')).toMatchObject({
      code: 'crash',
      signal: 'SIGKILL',
      lines: ['a', 'b'],
    });
    expect(reasonOf(1, null, '').message).toContain('exit code 1');
  });

  it('tell of a progress bar its last state only', () => {
    expect(plainLines('\r 10%\r 55%\r\x1b[32m100%\x1b[0m\r\nloaded\r\n')).toEqual(['100%', 'loaded']);
  });

  it('leave no escape character in what is shown', () => {
    const piece = fc.constantFrom('\x1b[2K', '\x1b[31;1m', '\x1b]0;title\x07', 'text', '\r\n');
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        expect(plainLines(pieces.join('')).join('')).not.toContain('\x1b');
      }),
    );
  });
});
