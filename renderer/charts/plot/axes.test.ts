import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { spans } from '../feed/range.ts';
import { clockText, timeText, timeTicks } from './time-ticks.ts';
import { axisText, gridValues, rangeText, roundTop } from './value-axis.ts';

const NOW = new Date(2026, 10, 26, 20, 15, 30).getTime();

describe('a scale', () => {
  it('includes the values, and at least half of it is used', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.01, max: 1e6, noNaN: true }), (most) => {
        const top = roundTop(most);
        expect(top).toBeGreaterThanOrEqual(most * 0.999_999);
        expect(top).toBeLessThanOrEqual(most * 2);
      }),
    );
    expect(roundTop(0)).toBe(100);
  });

  it('has lines from 0 to its end, even at a GPU’s odd size', () => {
    fc.assert(
      fc.property(fc.integer({ min: 100, max: 400_000 }), (total) => {
        const lines = gridValues(total, 'MiB', 4);
        expect(lines[0]).toBe(0);
        expect(lines.length).toBeGreaterThanOrEqual(3);
        expect(lines.length).toBeLessThanOrEqual(6);
        expect(Math.max(...lines)).toBeLessThanOrEqual(total);
        expect([...lines].sort((a, b) => a - b)).toEqual(lines);
      }),
    );
    const text = (total: number) => gridValues(total, 'MiB', 4).map((value) => axisText(value, 'MiB', total));
    expect(text(24_564)).toEqual(['0', '6', '12', '18', '24']);
    expect(text(143_771)).toEqual(['0', '40', '80', '120']);
    expect(text(6_144)).toEqual(['0', '1.5', '3', '4.5', '6']);
    expect(gridValues(12_000, 'MHz', 4).map((value) => axisText(value, 'MHz', 12_000))).toEqual([
      '0',
      '3k',
      '6k',
      '9k',
      '12k',
    ]);
  });

  it('shows minimum and maximum, or one value if they round to the same', () => {
    expect(rangeText(12_595, 14_438, 'MiB', 24_564)).toBe('12.3–14.1 GiB');
    expect(rangeText(100, 120, 'MiB', 256)).toBe('100–120 MiB');
    expect(rangeText(61.2, 61.4, '°C', 100)).toBe('61 °C');
    expect(rangeText(5.25, 450, 'W', 600)).toBe('5.3–450 W');
  });
});

describe('the time axis', () => {
  it('has round times inside the window, with space for their labels', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 10_000, max: spans['30d'] }),
        fc.integer({ min: 100, max: 1_800 }),
        fc.integer({ min: 0, max: spans['7d'] }),
        (span, width, ago) => {
          const [from, to] = [NOW - ago - span, NOW - ago];
          const ticks = timeTicks(from, to, width, 'en');
          for (const { time } of ticks) expect(time >= from && time <= to).toBe(true);
          const apart = ticks.slice(1).map(({ time }, i) => ((time - (ticks[i]?.time ?? 0)) / span) * width);
          // The day on which daylight saving time begins is an hour shorter.
          for (const px of apart) expect(px).toBeGreaterThan(70);
        },
      ),
    );
  });

  it('shows the day at midnight and over days, else the clock', () => {
    const day = timeTicks(NOW - spans['24h'], NOW, 800, 'en').map(({ label }) => label);
    expect(day).toContain('Nov 26');
    expect(day).toContain('12:00');
    expect(timeTicks(NOW - spans['30d'], NOW, 800, 'en').every(({ label }) => /^(Oct|Nov) \d+$/.test(label))).toBe(
      true,
    );
    expect(timeTicks(NOW - 30_000, NOW, 800, 'en')[0]?.label).toMatch(/^\d\d:\d\d:\d\d$/);
  });

  it('shows a time by its clock, with the day if it is not today', () => {
    expect(timeText(NOW, spans['1h'], 'en', NOW)).toBe('20:15:30');
    expect(timeText(NOW, spans['24h'], 'en', NOW)).toBe('20:15');
    expect(timeText(NOW - spans['24h'], spans['7d'], 'en', NOW)).toBe('Nov 25 20:15');
    expect(clockText(new Date(NOW), true)).toBe('20:15:30');
  });
});
