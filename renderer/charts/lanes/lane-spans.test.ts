import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { throttleBits } from '#contract';
import type { ChartData, Column } from '../feed/series.ts';
import { type Lane, lanesOf } from './lane-spans.ts';

const column = (at: number, min: number, max = min): Column => ({ time: at * 10 + 5, min, max, mean: max });
const dataOf = (series: ChartData['series']): ChartData => ({
  from: 0,
  to: 1_000,
  columnMs: 10,
  gapMs: 30,
  oldest: null,
  series,
});
const { sw_power_cap: POWER, gpu_idle: IDLE, sw_thermal: HOT } = throttleBits;
const laneOf = (lanes: Lane[], name: string) => lanes.find((lane) => lane.name === name);

describe('the lanes of a GPU', () => {
  it('are one for each reason that occurred, the most severe on top', () => {
    const lanes = lanesOf(
      dataOf({ throttle: [column(0, IDLE), column(1, POWER | HOT)], state: [column(0, 0), column(1, 1)] }),
    );
    expect(lanes.map(({ name, severity }) => [name, severity])).toEqual([
      ['lost', 'failed'],
      ['sw_power_cap', 'throttled'],
      ['sw_thermal', 'throttled'],
      ['gpu_idle', 'normal'],
    ]);
  });

  it('join equal neighbours, separate always from sometimes, and break at a gap', () => {
    const masks = [
      column(0, POWER),
      column(1, POWER),
      column(2, 0, POWER),
      column(3, 0),
      column(4, POWER),
      column(20, POWER),
    ];
    expect(laneOf(lanesOf(dataOf({ throttle: masks })), 'sw_power_cap')?.blocks).toEqual([
      { from: 0, to: 20, always: true },
      { from: 20, to: 30, always: false },
      { from: 40, to: 50, always: true },
      { from: 200, to: 210, always: true },
    ]);
  });

  it('last until the next sample if samples are further apart than columns', () => {
    const blocks = laneOf(lanesOf(dataOf({ throttle: [column(0, HOT), column(2, HOT), column(4, 0)] })), 'sw_thermal');
    expect(blocks?.blocks).toEqual([{ from: 0, to: 40, always: true }]);
  });

  it('cover exactly the columns in which the reason was set', () => {
    const masks = fc.array(fc.record({ min: fc.nat(0x1ff), more: fc.nat(0x1ff) }), { maxLength: 80 });
    fc.assert(
      fc.property(masks, (given) => {
        const columns = given.map(({ min, more }, i) => column(i, min, min | more));
        const lanes = lanesOf(dataOf({ throttle: columns }));
        for (const [name, bit] of Object.entries(throttleBits))
          for (const { time, min, max } of columns) {
            const blocks = laneOf(lanes, name)?.blocks.filter(({ from, to }) => time > from && time < to) ?? [];
            expect(blocks.length).toBe((max & bit) === 0 ? 0 : 1);
            if (blocks[0]) expect(blocks[0].always).toBe((min & bit) !== 0);
          }
      }),
    );
  });

  it('are none without data', () => expect(lanesOf(dataOf({}))).toEqual([]));
});
