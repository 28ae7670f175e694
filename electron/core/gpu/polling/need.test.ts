import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { watchForWake } from './machine-sleep.ts';
import { createNeed, type Need, needs } from './need.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('the need', () => {
  it('rises at once, and falls only after a while', () => {
    const seen: Need[] = [];
    const need = createNeed('visible', () => seen.push(need.now()));
    need.set('busy');
    expect(seen).toEqual(['busy']);
    need.set('hidden');
    vi.advanceTimersByTime(3_000);
    // A window that lost the focus for a moment.
    need.set('busy');
    vi.advanceTimersByTime(60_000);
    expect(seen).toEqual(['busy']);
    need.set('visible');
    need.set('hidden');
    need.set('off');
    need.set('hidden');
    vi.advanceTimersByTime(60_000);
    expect(seen).toEqual(['busy', 'hidden']);
  });

  it('is never below the last request, and settles at it', () => {
    const change = fc.record({ need: fc.constantFrom(...needs), ms: fc.nat(8_000) });
    fc.assert(
      fc.property(fc.array(change), (changes) => {
        let notified = 0;
        const need = createNeed('busy', () => {
          notified += 1;
        });
        for (const { need: asked, ms } of changes) {
          need.set(asked);
          vi.advanceTimersByTime(ms);
          expect(needs.indexOf(need.now())).toBeGreaterThanOrEqual(needs.indexOf(asked));
        }
        expect(notified).toBeLessThanOrEqual(changes.length);
        vi.advanceTimersByTime(60_000);
        expect(need.now()).toBe(changes.at(-1)?.need ?? 'busy');
        need.stop();
        // A later request must not keep the program alive.
        need.set('off');
        expect(vi.getTimerCount()).toBe(0);
      }),
    );
  });
});

describe('the machine that slept', () => {
  it('is noticed once by the wall clock, whatever the monotonic clock did', () => {
    let wall = 0;
    let wakes = 0;
    const stop = watchForWake(
      () => {
        wakes += 1;
      },
      () => wall,
    );
    const pass = (ms: number, slept = 0) => {
      wall += ms + slept;
      vi.advanceTimersByTime(ms);
    };
    for (let i = 0; i < 30; i++) pass(1_000);
    // The clock is set back by an hour: the machine did not sleep.
    pass(2_000, -3_600_000);
    expect(wakes).toBe(0);
    pass(2_000, 8 * 3_600_000);
    for (let i = 0; i < 30; i++) pass(1_000);
    expect(wakes).toBe(1);
    stop();
    pass(2_000, 8 * 3_600_000);
    expect(wakes).toBe(1);
  });
});
