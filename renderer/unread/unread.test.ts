import { expect, it } from 'vitest';
import type { EventKind } from '#contract';
import { unreadIn } from './unread.ts';

it('counts what has happened since the last visit, and before the first one since the start', () => {
  const event = (time: number, kind: EventKind) => ({ time, kind, text: '' });
  const events = [event(5, 'run_ended'), event(9, 'out_of_memory'), event(9, 'starting')];
  expect(unreadIn(events, 5, 0)).toBe(1);
  expect(unreadIn(events, null, 4)).toBe(2);
  expect(unreadIn(events, 10, 0)).toBe(0);
});
