import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { createEntrance, isOurHost, isOurOrigin } from './entrance.ts';

describe('the entrance', () => {
  it('exchanges the token for a new secret each time, and nothing else', () => {
    const entrance = createEntrance();
    const [first, second] = [entrance.exchange(entrance.token), entrance.exchange(entrance.token)];
    expect(first).not.toBe(second);
    expect(entrance.knows(first ?? '')).toBe(true);
    expect(entrance.knows(entrance.token)).toBe(false);
    for (const wrong of ['', 'x', null, 5, {}]) expect(entrance.exchange(wrong)).toBeNull();
  });

  it('accepts loopback names with any port', () => {
    for (const host of ['127.0.0.1:80', 'localhost', '[::1]:9']) expect(isOurHost(host)).toBe(true);
    for (const host of [undefined, '', 'evil.example:80', '127.0.0.1.evil.example'])
      expect(isOurHost(host)).toBe(false);
  });

  it('rejects pages of other origins', () => {
    const request = (origin?: string) => ({ headers: { host: 'localhost:9', origin } }) as IncomingMessage;
    expect(isOurOrigin(request())).toBe(true);
    expect(isOurOrigin(request('http://localhost:9'))).toBe(true);
    expect(isOurOrigin(request('http://localhost:10'))).toBe(false);
    expect(isOurOrigin(request('null'))).toBe(false);
  });
});
