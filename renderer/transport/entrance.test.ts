import { expect, it } from 'vitest';
import { createEntrance, type EntranceParts } from './entrance.ts';

function parts(href: string, answers: ({ status: number; secret?: string } | Error)[]) {
  const kept = new Map<string, string>();
  const seen = { urls: [] as string[], bodies: [] as unknown[] };
  const given: EntranceParts = {
    location: { href },
    history: { replaceState: (_state, _unused, url) => void seen.urls.push(String(url)) },
    storage: {
      getItem: (key) => kept.get(key) ?? null,
      setItem: (key, value) => void kept.set(key, value),
      removeItem: (key) => void kept.delete(key),
    },
    async fetch(_url, init) {
      seen.bodies.push(JSON.parse(String(init.body)));
      const answer = answers.shift();
      if (!answer || answer instanceof Error) throw answer ?? new Error('asked once too often');
      const { status, secret } = answer;
      return { status, ok: status === 200, json: async () => ({ secret }) };
    },
  };
  return { given, kept, seen };
}

it('trades the token once, keeps the secret for the tab, and leaves no token in the address', async () => {
  const { given, seen } = parts('http://127.0.0.1:5/?token=abc&x=1#y', [{ status: 200, secret: 's' }]);
  const entrance = createEntrance(given);
  expect(seen.urls).toEqual(['http://127.0.0.1:5/?x=1#y']);
  await expect(entrance.enter()).resolves.toEqual({ secret: 's' });
  await expect(entrance.enter()).resolves.toEqual({ secret: 's' });
  expect(seen.bodies).toEqual([{ token: 'abc' }]);
});

it('keeps the token while nobody answers, so that trying again can succeed', async () => {
  const { given } = parts('http://localhost/?token=abc', [
    new Error('refused'),
    { status: 503 },
    { status: 200, secret: 's' },
  ]);
  const entrance = createEntrance(given);
  await expect(entrance.enter()).rejects.toThrow('refused');
  await expect(entrance.enter()).rejects.toThrow('503');
  await expect(entrance.enter()).resolves.toEqual({ secret: 's' });
});

it('tells a missing token from a wrong one, and forgets a secret that is no longer known', async () => {
  await expect(createEntrance(parts('http://localhost/', []).given).enter()).resolves.toEqual({ refused: 'noToken' });
  const wrong = parts('http://localhost/?token=old', [{ status: 401 }]);
  await expect(createEntrance(wrong.given).enter()).resolves.toEqual({ refused: 'wrongToken' });
  const known = parts('http://localhost/', []);
  known.kept.set('headroom.secret', 's');
  const entrance = createEntrance(known.given);
  await expect(entrance.enter()).resolves.toEqual({ secret: 's' });
  entrance.forget();
  await expect(entrance.enter()).resolves.toEqual({ refused: 'noToken' });
});
