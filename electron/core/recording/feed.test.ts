import fc from 'fast-check';
import { beforeAll, expect, it } from 'vitest';
import { createRedactor, loadDetector } from '../redaction/index.ts';
import { type Cleaner, createCleaner } from './clean.ts';
import { createFeed } from './feed.ts';

const secret = 'hunter2 Ünïcode/+&';
let cleaner: Cleaner;
beforeAll(async () => {
  const person = { home: '/home/alice', names: ['alice'] };
  cleaner = createCleaner(createRedactor({ detect: await loadDetector(), known: () => [secret], person }));
});

/** The recorded log of output that arrives in `chunks`. */
function recorded(chunks: readonly string[]): string {
  const lines: string[] = [];
  const feed = createFeed(cleaner, (line) => lines.push(line) > 0);
  for (const chunk of chunks) feed.push({ type: 'items', stream: 'log', items: [chunk], dropped: 0, fresh: false });
  feed.finish();
  return lines.flatMap((line) => (JSON.parse(line) as { items: string[] }).items).join('');
}

const shown: Record<string, string> = {
  plain: secret,
  base64: Buffer.from(`user:${secret}:x`).toString('base64'),
  url: encodeURIComponent(secret),
  json: JSON.stringify(secret).slice(1, -1),
  hex: Buffer.from(secret).toString('hex'),
  key: `ghp_${'a1B2c3D4'.repeat(5)}`,
  folder: '/home/alice/models',
};

it('finds a secret that is split between chunks, wherever in the log it is', () => {
  const noise = fc.string({ unit: fc.constantFrom('a', ' ', '=', '.', '\n', '\r'), maxLength: 9_000 });
  const cuts = fc.array(fc.nat(18_000), { maxLength: 8 });
  fc.assert(
    fc.property(fc.constantFrom(...Object.keys(shown)), noise, noise, cuts, (form, before, after, places) => {
      const text = `${before} ${shown[form]} ${after}`;
      const ends = [...new Set([...places.map((place) => place % text.length), text.length])].sort((a, b) => a - b);
      const chunks = ends.map((end, at) => text.slice(ends[at - 1] ?? 0, end));
      const saved = recorded(chunks);
      const removed = form === 'folder' ? '~/models' : form === 'base64' ? /^\S*\[removed\]\S*$/ : '[removed]';
      const middle = saved.slice(before.length + 1, saved.length - after.length - 1);
      expect([saved.slice(0, before.length), saved.slice(saved.length - after.length)]).toEqual([before, after]);
      if (typeof removed === 'string') expect(middle).toBe(removed);
      else expect(middle).toMatch(removed);
    }),
    { numRuns: 30 },
  );
});

it('finds a private key and wrapped base64 that arrive line by line', () => {
  const body = Array.from({ length: 40 }, (_, i) => `${String(i).padStart(4, 'x')}${'MIIabc+/'.repeat(7)}1234`);
  const key = ['-----BEGIN PRIVATE KEY-----', ...body, '-----END PRIVATE KEY-----', 'next'];
  expect(recorded(key.map((line) => `${line}\n`))).toBe(
    '-----BEGIN PRIVATE KEY-----\n[removed]-----END PRIVATE KEY-----\nnext\n',
  );
  const wrapped = Buffer.from(`${'x'.repeat(50)}${secret}${'y'.repeat(40)}`)
    .toString('base64')
    .replaceAll(/.{76}/g, '$&\n');
  const saved = recorded(wrapped.split(/(?<=\n)/));
  expect(Buffer.from(saved.replaceAll('\n', ''), 'base64').toString()).not.toContain(secret);
  expect(saved).toContain('[removed]');
});
