import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ExportRequest, HOST } from '#contract';
import { gpuSample, tickOf } from '#samples';
import { fill, HOUR, historyWorld, NOW, used, windowOver } from './testing.ts';

let world: Awaited<ReturnType<typeof historyWorld>>;
beforeEach(async () => {
  world = await historyWorld();
});
afterEach(() => world.remove());

/** A clock that was wrong before time synchronization: some old samples, then an hour of current ones. */
const LONG_AGO = Date.UTC(2000, 0, 1);
async function wrongAtFirst() {
  const history = await world.open();
  // The day before, whose samples are already overwritten.
  await fill(history, 1_440, 5_000, () => 7);
  for (let i = 0; i < 20; i += 1) history.addTick(used(LONG_AGO + i * 500, 1));
  for (let i = 0; i < 7_100; i += 1) {
    history.addTick(used(NOW + 3 * HOUR + i * 500, 9));
    if (i % 1_000 === 999) await history.flush();
  }
  return history;
}

describe('a clock that was years back for a moment', () => {
  it('does not hide the coarser tiers from a window', async () => {
    const history = await wrongAtFirst();
    // Two seconds a column: samples would be fine enough, but do not reach back that far.
    const answer = await history.window(windowOver({ from: NOW, to: NOW + HOUR, width: 1_800 }));
    expect([answer.tier, answer.at.length, answer.oldest]).toEqual(['10s', 360, LONG_AGO]);
    const now = await history.window(windowOver({ from: NOW + 3 * HOUR, to: NOW + 4 * HOUR, width: 1_800 }));
    expect(now.tier).toBe('raw');
  });

  it('does not hide the coarser tiers from an export', async () => {
    const history = await wrongAtFirst();
    const request: ExportRequest = { from: 0, to: NOW + 5 * HOUR, format: 'json' };
    let text = '';
    for (let next: string | undefined; ; ) {
      const piece = await history.export({ ...request, ...(next && { cursor: next }) });
      text += piece.text;
      if (piece.next === null) break;
      next = piece.next;
    }
    const rows = JSON.parse(text) as { time: string; samples: number }[];
    expect(rows.reduce((sum, { samples }) => sum + samples, 0)).toBe(1_440 + 20 + 7_100);
    expect(rows.map(({ time }) => time)).toEqual(rows.map(({ time }) => time).sort());
  });
});

describe('the rate', () => {
  it.each([
    ['2 s', 2_050],
    ['a part of 2 s', 1_800],
    ['5 s', 5_100],
  ])('that went to %s for one step only leaves no gap', async (_, step) => {
    const history = await world.open();
    let time = NOW;
    for (const after of [...Array(50).fill(500), step, ...Array(50).fill(500)]) {
      time += after;
      history.addTick(used(time, 1));
    }
    const { gapMs } = await history.window(windowOver({ to: NOW + 120_000, width: 1_200 }));
    expect(gapMs).toBeGreaterThan(step);
  });

  it('that changes at any moment, repeatedly, leaves no gap', async () => {
    const parts = fc.array(
      fc.record({ period: fc.constantFrom(500, 2_000), lasted: fc.integer({ min: 1, max: 4_000 }), late: fc.nat(150) }),
      { minLength: 1, maxLength: 12 },
    );
    let round = 0;
    await fc.assert(
      fc.asyncProperty(parts, async (list) => {
        round += 1;
        const source = `GPU-${round}`;
        const history = await world.open();
        const times: number[] = [];
        let begin = NOW;
        // A new stream reports at once, before the old one stops.
        for (const { period, lasted, late } of list) {
          for (let time = begin; time < begin + lasted; time += period + late) times.push(time);
          begin += lasted;
        }
        for (const time of times) history.addTick(tickOf(time, gpuSample({ uuid: source })));
        const { gapMs } = await history.window(windowOver({ source, to: NOW + 120_000, width: 4_000 }));
        for (const [i, time] of times.entries()) if (i > 0) expect(time - (times[i - 1] ?? time)).toBeLessThan(gapMs);
        await history.stop();
      }),
      { numRuns: 25 },
    );
  });

  it('that stops for some seconds leaves one gap', async () => {
    const history = await world.open();
    let time = NOW;
    for (const after of [...Array(50).fill(500), 3_500, ...Array(50).fill(500)]) {
      time += after;
      history.addTick(used(time, 1));
    }
    const { gapMs } = await history.window(windowOver({ to: NOW + 120_000, width: 1_200 }));
    expect(gapMs).toBeLessThan(3_000);
  });
});

it('a GPU with the name of the machine does not corrupt its history', async () => {
  const history = await world.open();
  const host = { ramTotalMiB: 99, ramUsedMiB: 77, swapTotalMiB: null, swapUsedMiB: null, backendRssMiB: null };
  for (let i = 0; i < 40; i += 1)
    history.addTick({ ...tickOf(NOW + i * 500, gpuSample({ uuid: HOST, memoryUsedMiB: 5 })), host });
  const answer = await history.window(windowOver({ source: HOST, metrics: ['ramUsedMiB'], width: 1 }));
  expect(answer.metrics.ramUsedMiB).toEqual({ min: [77], max: [77], mean: [77] });
});
