import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createPatience } from './patience.ts';

const MOST_SILENCE_MS = 60_000;

describe('the patience with nvidia-smi', () => {
  it('follows a busy machine at once, and forgets it after some fast samples', () => {
    const patience = createPatience();
    expect(patience.silenceMs(500)).toBe(2_500);
    patience.answered(8_000);
    expect(patience.silenceMs(500)).toBe(24_000);
    for (let sample = 0; sample < 50; sample += 1) patience.sampled(500, 500);
    expect(patience.silenceMs(500)).toBeLessThan(3_000);
  });

  it('takes no long polling interval for a busy machine', () => {
    const patience = createPatience();
    patience.sampled(10_100, 10_000);
    expect(patience.silenceMs(500)).toBe(2_500);
    patience.sampled(4_500, 500);
    expect(patience.silenceMs(500)).toBe(12_000);
  });

  it('lets a silence that was too short grow until samples fit in', () => {
    const patience = createPatience();
    const waits = Array.from({ length: 5 }, () => {
      const ms = patience.silenceMs(500);
      patience.silent(ms);
      return ms;
    });
    expect(waits).toEqual([2_500, 7_500, 22_500, MOST_SILENCE_MS, MOST_SILENCE_MS]);
  });

  it('gives a first answer more time with each attempt, up to a bound', () => {
    const patience = createPatience();
    const waits = Array.from({ length: 4 }, () => {
      const ms = patience.firstMs();
      patience.unanswered();
      return ms;
    });
    expect([waits, patience.isExhausted()]).toEqual([[30_000, 60_000, 120_000, 120_000], true]);
    patience.answered(20_000);
    expect([patience.firstMs(), patience.isExhausted()]).toEqual([60_000, false]);
  });

  it('is never shorter than the interval needs, and never endless', () => {
    const event = fc.oneof(
      fc.record({ kind: fc.constantFrom('answered', 'sampled', 'silent'), ms: fc.nat(1_000_000) }),
      fc.constant({ kind: 'unanswered', ms: 0 }),
    );
    fc.assert(
      fc.property(fc.array(event), fc.integer({ min: 50, max: 60_000 }), (events, periodMs) => {
        const patience = createPatience();
        for (const { kind, ms } of events)
          if (kind === 'sampled') patience.sampled(ms, periodMs);
          else patience[kind as 'answered'](ms);
        const least = 3 * periodMs + 1_000;
        expect(patience.silenceMs(periodMs)).toBeGreaterThanOrEqual(least);
        expect(patience.silenceMs(periodMs)).toBeLessThanOrEqual(Math.max(least, MOST_SILENCE_MS));
        expect(patience.firstMs()).toBeGreaterThanOrEqual(30_000);
        expect(patience.firstMs()).toBeLessThanOrEqual(120_000);
      }),
    );
  });
});
