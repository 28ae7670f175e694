import { expect, it } from 'vitest';
import { type Activity, createAttention, type Need } from './attention.ts';

const quiet: Activity = { phase: 'stopped', working: false, clearing: false };

function watched() {
  let now = quiet;
  const needs: Need[] = [];
  const attention = createAttention(
    () => now,
    (need) => needs.push(need),
  );
  const be = (more: Partial<Activity>) => {
    now = { ...now, ...more };
    attention.update();
  };
  return { attention, needs, be };
}

it('polls as often as the page with the most attention needs', () => {
  const { attention, needs } = watched();
  const [one, other] = [Symbol('one'), Symbol('other')];
  attention.attend(one, 'hidden');
  attention.attend(other, 'visible');
  attention.attend(one, 'front');
  attention.attend(one, 'visible');
  attention.attend(other, null);
  attention.attend(one, null);
  expect(needs).toEqual(['hidden', 'visible', 'busy', 'visible', 'off']);
});

it('continues at its slowest for a backend without a visible page, and at full rate during activity', () => {
  const { attention, needs, be } = watched();
  attention.update();
  be({ phase: 'starting' });
  be({ phase: 'ready' });
  be({ working: true });
  be({ working: false });
  be({ clearing: true });
  be({ clearing: false, phase: 'stopped' });
  expect(needs).toEqual(['off', 'busy', 'hidden', 'busy', 'hidden', 'busy', 'off']);
});

it('reports whether a page is in sight, also while the need stays the same', () => {
  const needs: [Need, boolean][] = [];
  const activity = { ...quiet, working: true };
  const attention = createAttention(
    () => activity,
    (need, inSight) => needs.push([need, inSight]),
  );
  const page = Symbol('page');
  attention.update();
  for (const level of ['front', 'visible', 'hidden', null] as const) attention.attend(page, level);
  expect(needs).toEqual([
    ['busy', false],
    ['busy', true],
    ['busy', false],
  ]);
});
