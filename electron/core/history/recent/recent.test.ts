import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRecent } from './recent.ts';
import { createRing } from './ring.ts';

describe('the ring', () => {
  it('behaves as a list that is truncated at its old end', () => {
    const steps = fc.array(fc.oneof(fc.record({ push: fc.nat(50) }), fc.record({ drop: fc.nat(50) })));
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 6 }), steps, (capacity, todo) => {
        const ring = createRing<number>(capacity);
        let list: number[] = [];
        for (const step of todo) {
          if ('push' in step) {
            ring.push(step.push);
            list = [...list, step.push].slice(-capacity);
          } else {
            ring.dropWhile((item) => item < step.drop);
            const first = list.findIndex((item) => item >= step.drop);
            list = first === -1 ? [] : list.slice(first);
          }
          expect([ring.toArray(), ring.last(), ring.size]).toEqual([list, list.at(-1) ?? null, list.length]);
        }
      }),
    );
  });

  it('refuses to hold nothing', () => {
    for (const capacity of [0, -1, 1.5, Number.NaN]) expect(() => createRing(capacity)).toThrow(RangeError);
  });
});

describe('the last minutes', () => {
  const tick = (time: number) => ({ time, gpus: [], host: null });

  it('drops by age, and by number for a runaway stream', () => {
    const recent = createRecent({ spanMs: 100, maxTicks: 3 });
    expect(recent.latest()).toBeNull();
    for (const time of [0, 60, 100, 170]) recent.addTick(tick(time));
    expect(recent.ticks().map(({ time }) => time)).toEqual([100, 170]);
    for (const time of [171, 172]) recent.addTick(tick(time));
    expect(recent.ticks().map(({ time }) => time)).toEqual([170, 171, 172]);
    expect(recent.latest()).toEqual(tick(172));
  });

  it('returns samples later than a time, none twice', () => {
    const recent = createRecent();
    for (const time of [1, 2, 3]) recent.addTick(tick(time));
    expect(recent.ticks(2).map(({ time }) => time)).toEqual([3]);
    expect(recent.ticks(3)).toEqual([]);
    expect(recent.ticks(0).length).toBe(3);
  });

  it('keeps the newest events', () => {
    const recent = createRecent({ maxEvents: 2 });
    for (const text of ['a', 'b', 'c']) recent.addEvent({ time: 0, kind: 'ready', text });
    expect(recent.events().map(({ text }) => text)).toEqual(['b', 'c']);
  });
});
