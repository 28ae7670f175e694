import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TimelineEvent } from '#contract';
import { clusterEvents, eventsOn, labelRows, leadingKind, widthInLetters } from './clusters.ts';

const event = (time: number, more: Partial<TimelineEvent> = {}): TimelineEvent => ({
  time,
  kind: 'ready',
  text: '',
  ...more,
});

describe('close events', () => {
  it('share a mark; marks keep their distance, and no event is lost', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(10_000)), fc.integer({ min: 1, max: 500 }), (times, gap) => {
        const marks = clusterEvents(
          times.map((time) => event(time)),
          gap,
        );
        expect(marks.flatMap(({ events }) => events.map(({ time }) => time))).toEqual([...times].sort((a, b) => a - b));
        for (const [i, { time }] of marks.slice(1).entries())
          expect(time - (marks[i]?.time ?? 0)).toBeGreaterThanOrEqual(gap);
        for (const { time, events } of marks) expect(events.at(-1)?.time).toBe(time);
      }),
    );
  });

  it('have the colour of the worst', () => {
    const [mark] = clusterEvents([event(1), event(2, { kind: 'crashed' }), event(3, { kind: 'run_ended' })], 10);
    expect(mark && leadingKind(mark)).toBe('crashed');
    const [calm] = clusterEvents([event(1), event(2, { kind: 'run_ended' })], 10);
    expect(calm && leadingKind(calm)).toBe('run_ended');
  });
});

it('shows an event of a GPU on its chart only, one of no GPU on every chart', () => {
  const events = [event(1), event(2, { gpuUuid: null }), event(3, { gpuUuid: 'a' }), event(4, { gpuUuid: 'b' })];
  expect(eventsOn(events, 'a').map(({ time }) => time)).toEqual([1, 2, 3]);
});

describe('the labels of marks', () => {
  const area = { x: 40, width: 600 };
  const mark = fc.record({ at: fc.integer({ min: 0, max: 640 }), letters: fc.integer({ min: 3, max: 14 }) });

  it('never overlap, nor pass the right edge', () => {
    fc.assert(
      fc.property(fc.array(mark, { maxLength: 30 }), (marks) => {
        const rows = labelRows(marks, area).filter(({ row }) => row !== null);
        for (const [i, one] of rows.entries()) {
          expect(one.to).toBeLessThanOrEqual(area.x + area.width);
          for (const other of rows.slice(i + 1))
            if (one.row === other.row) expect(one.to <= other.from || other.to <= one.from).toBe(true);
        }
      }),
    );
  });

  it('take the free rows, the newest first, and none outside the chart', () => {
    const rows = labelRows(
      Array.from({ length: 5 }, () => ({ at: 300, letters: 7 })),
      area,
    );
    expect(rows.map(({ row }) => row)).toEqual([null, null, 2, 1, 0]);
    expect(labelRows([{ at: 10, letters: 7 }], area)[0]?.row).toBeNull();
  });

  it('count a Chinese character as two letters', () => {
    expect(widthInLetters('run ended')).toBe(9);
    expect(widthInLetters('内存不足')).toBe(8);
    expect(widthInLetters('运行 2')).toBe(6);
  });
});
