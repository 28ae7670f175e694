import fc from 'fast-check';
import { expect, it } from 'vitest';
import { runOf } from '#recorded';
import { expectedSeconds, secondsLeft } from './estimate.ts';
import { before, inOrder, moved } from './in-order.ts';

const queued = (req_id: string) => runOf({ req_id, status: 'queued' });

it('orders queued runs as the backend does, and those that it does not name after them', () => {
  const runs = ['a', 'b', 'c', 'd'].map(queued);
  expect(inOrder(runs, ['c', 'gone', 'a']).map(({ req_id }) => req_id)).toEqual(['c', 'a', 'b', 'd']);
});

it('moves one run and keeps all others in order', () => {
  const ids = fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(ids, fc.nat(), fc.nat(), (list, a, b) => {
      const [from, to] = [a % list.length, b % list.length];
      const after = moved(list, from, to);
      const next = before(list, from, to);
      expect(after[to]).toBe(list[from]);
      expect(after.filter((id) => id !== list[from])).toEqual(list.filter((id) => id !== list[from]));
      expect(next === null ? after.length - 1 : after.indexOf(next) - 1).toBe(to);
    }),
  );
});

it('estimates only from runs of the same kind, and the whole only where each part is known', () => {
  const done = (seconds: number, model = 'toy') =>
    runOf({ status: 'completed', model, start_time: 100, last_update_time: 100 + seconds });
  const ended = [done(10), done(30), done(500), done(7, 'other')];
  expect(expectedSeconds(queued('a'), ended)).toBe(30);
  expect(expectedSeconds(runOf({ model: 'unknown' }), ended)).toBeNull();
  const current = runOf({ estimated_remaining_seconds: 12 });
  expect(secondsLeft({ current, queued: [queued('a')], ended })).toBe(42);
  expect(secondsLeft({ current: runOf(), queued: [queued('a')], ended })).toBeNull();
  const waits = { ...queued('b'), wait_for_bytes: 5 };
  expect(secondsLeft({ current, queued: [waits], ended })).toBeNull();
});
