import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TimelineEvent } from '#contract';
import { clusters, eventsOn, leading, lettersOf, rowsFor } from './clusters.ts';

const event = (time: number, more: Partial<TimelineEvent> = {}): TimelineEvent => ({
  ...{ time, kind: 'ready', text: '' },
  ...more,
});

describe('events that are close', () => {
  it('are one mark; marks are never closer than that, and no event is lost', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(10_000)), fc.integer({ min: 1, max: 500 }), (times, least) => {
        const made = clusters(
          times.map((time) => event(time)),
          least,
        );
        expect(made.flatMap(({ events }) => events.map(({ time }) => time))).toEqual([...times].sort((a, b) => a - b));
        for (const [i, { time }] of made.slice(1).entries())
          expect(time - (made[i]?.time ?? 0)).toBeGreaterThanOrEqual(least);
        for (const { time, events } of made) expect(events.at(-1)?.time).toBe(time);
      }),
    );
  });

  it('have the colour of the worst', () => {
    const [mark] = clusters([event(1), event(2, { kind: 'crashed' }), event(3, { kind: 'run_ended' })], 10);
    expect(mark && leading(mark)).toBe('crashed');
    const [calm] = clusters([event(1), event(2, { kind: 'run_ended' })], 10);
    expect(calm && leading(calm)).toBe('run_ended');
  });
});

it('shows an event of a GPU on its chart only, one of nobody on each', () => {
  const events = [event(1), event(2, { gpuUuid: null }), event(3, { gpuUuid: 'a' }), event(4, { gpuUuid: 'b' })];
  expect(eventsOn(events, 'a').map(({ time }) => time)).toEqual([1, 2, 3]);
});

describe('the words of marks', () => {
  const area = { x: 40, width: 600 };
  const mark = fc.record({ at: fc.integer({ min: 0, max: 640 }), letters: fc.integer({ min: 3, max: 14 }) });

  it('never lie over another, nor past the right edge', () => {
    fc.assert(
      fc.property(fc.array(mark, { maxLength: 30 }), (marks) => {
        const rows = rowsFor(marks, area).filter(({ row }) => row !== null);
        for (const [i, one] of rows.entries()) {
          expect(one.to).toBeLessThanOrEqual(area.x + area.width);
          for (const other of rows.slice(i + 1))
            if (one.row === other.row) expect(one.to <= other.from || other.to <= one.from).toBe(true);
        }
      }),
    );
  });

  it('stand where there is room, the newest first, and not for what has left the chart', () => {
    const rows = rowsFor(
      Array.from({ length: 5 }, () => ({ at: 300, letters: 7 })),
      area,
    );
    expect(rows.map(({ row }) => row)).toEqual([null, null, 2, 1, 0]);
    expect(rowsFor([{ at: 10, letters: 7 }], area)[0]?.row).toBeNull();
  });

  it('give a Chinese character the room of two letters', () => {
    expect(lettersOf('run ended')).toBe(9);
    expect(lettersOf('显存不足')).toBe(8);
    expect(lettersOf('运行 2')).toBe(6);
  });
});
