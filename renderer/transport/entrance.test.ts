import { expect, it } from 'vitest';
import { createEntrance, type EntranceParts } from './entrance.ts';

function parts(href: string, answers: ({ status: number; secret?: string } | Error)[]) {
  const stored = new Map<string, string>();
  const recorded = { urls: [] as string[], bodies: [] as unknown[] };
  const api: EntranceParts = {
    location: { href },
    history: { replaceState: (_state, _unused, url) => void recorded.urls.push(String(url)) },
    storage: {
      getItem: (key) => stored.get(key) ?? null,
      setItem: (key, value) => void stored.set(key, value),
      removeItem: (key) => void stored.delete(key),
    },
    async fetch(_url, init) {
      recorded.bodies.push(JSON.parse(String(init.body)));
      const answer = answers.shift();
      if (!answer || answer instanceof Error) throw answer ?? new Error('called too often');
      const { status, secret } = answer;
      return { status, ok: status === 200, json: async () => ({ secret }) };
    },
  };
  return { api, stored, recorded };
}

it('exchanges the token once, keeps the secret for the tab, and leaves no token in the address', async () => {
  const { api, recorded } = parts('http://127.0.0.1:5/?token=abc&x=1#y', [{ status: 200, secret: 's' }]);
  const entrance = createEntrance(api);
  expect(recorded.urls).toEqual(['http://127.0.0.1:5/?x=1#y']);
  await expect(entrance.enter()).resolves.toEqual({ secret: 's' });
  await expect(entrance.enter()).resolves.toEqual({ secret: 's' });
  expect(recorded.bodies).toEqual([{ token: 'abc' }]);
});

it('keeps the token while the server does not answer, so that a retry can succeed', async () => {
  const { api } = parts('http://localhost/?token=abc', [
    new Error('refused'),
    { status: 503 },
    { status: 200, secret: 's' },
  ]);
  const entrance = createEntrance(api);
  await expect(entrance.enter()).rejects.toThrow('refused');
  await expect(entrance.enter()).rejects.toThrow('503');
  await expect(entrance.enter()).resolves.toEqual({ secret: 's' });
});

it('distinguishes a missing token from a wrong one, and forgets a rejected secret', async () => {
  await expect(createEntrance(parts('http://localhost/', []).api).enter()).resolves.toEqual({ refused: 'noToken' });
  const wrong = parts('http://localhost/?token=old', [{ status: 401 }]);
  await expect(createEntrance(wrong.api).enter()).resolves.toEqual({ refused: 'wrongToken' });
  const known = parts('http://localhost/', []);
  known.stored.set('headroom.secret', 's');
  const entrance = createEntrance(known.api);
  await expect(entrance.enter()).resolves.toEqual({ secret: 's' });
  entrance.forget();
  await expect(entrance.enter()).resolves.toEqual({ refused: 'noToken' });
});
