import { expect, it } from 'vitest';
import { type Activity, createAttention, type Need } from './attention.ts';

const quiet: Activity = { phase: 'stopped', working: false, clearing: false };

function watched() {
  let now = quiet;
  const told: Need[] = [];
  const attention = createAttention(
    () => now,
    (need) => told.push(need),
  );
  const be = (more: Partial<Activity>) => {
    now = { ...now, ...more };
    attention.update();
  };
  return { attention, told, be };
}

it('asks as often as the page that is looked at most needs it', () => {
  const { attention, told } = watched();
  const [one, other] = [Symbol('one'), Symbol('other')];
  attention.attend(one, 'hidden');
  attention.attend(other, 'visible');
  attention.attend(one, 'front');
  attention.attend(one, 'visible');
  attention.attend(other, null);
  attention.attend(one, null);
  expect(told).toEqual(['hidden', 'visible', 'busy', 'visible', 'off']);
});

it('goes on at its slowest for a backend that nobody looks at, and at full rate while something happens', () => {
  const { attention, told, be } = watched();
  attention.update();
  be({ phase: 'starting' });
  be({ phase: 'ready' });
  be({ working: true });
  be({ working: false });
  be({ clearing: true });
  be({ clearing: false, phase: 'stopped' });
  expect(told).toEqual(['off', 'busy', 'hidden', 'busy', 'hidden', 'busy', 'off']);
});

it('tells whether a page is in sight, also while the need stays what it is', () => {
  const told: [Need, boolean][] = [];
  const activity = { ...quiet, working: true };
  const attention = createAttention(
    () => activity,
    (need, inSight) => told.push([need, inSight]),
  );
  const page = Symbol('page');
  attention.update();
  for (const level of ['front', 'visible', 'hidden', null] as const) attention.attend(page, level);
  expect(told).toEqual([
    ['busy', false],
    ['busy', true],
    ['busy', false],
  ]);
});
