import fc from 'fast-check';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createWatchdog } from './watchdog.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const NOTICE_MS = 10_000;
const FIRST_MS = 30_000;

/** What a watchdog reports, with the time: `quiet` or `fired`. */
function watched(silenceMs: () => number, firstMs = FIRST_MS) {
  const events: string[] = [];
  const began = Date.now();
  /** Fake timers run an immediate one millisecond late. */
  const time = () => Math.floor((Date.now() - began) / 10) * 10;
  const watchdog = createWatchdog({
    noticeMs: NOTICE_MS,
    firstMs,
    silenceMs,
    onQuiet: () => events.push(`quiet ${time()}`),
    onFire: () => events.push(`fired ${time()}`),
  });
  return { watchdog, events, pass: (ms: number) => void vi.advanceTimersByTime(ms) };
}

it('reports a long wait for the first row once, and gives up later', () => {
  const { watchdog, events, pass } = watched(() => 2_500);
  pass(60_000);
  expect([events, watchdog.fired()]).toEqual([[`quiet ${NOTICE_MS}`, `fired ${FIRST_MS}`], true]);
});

it('follows a limit that changes with each row', () => {
  let silence = 2_500;
  const { watchdog, events, pass } = watched(() => silence);
  watchdog.fed();
  pass(2_000);
  silence = 24_000;
  watchdog.fed();
  pass(20_000);
  expect(events).toEqual([]);
  silence = 2_500;
  watchdog.fed();
  pass(3_000);
  expect(events).toEqual(['fired 24500']);
});

it('acts as its model: once quiet at most, once fired at most, and never after a stop or a row in time', () => {
  const act = fc.record({
    ms: fc.nat(120).map((tenths) => 100 * tenths + 10),
    kind: fc.constantFrom('row', 'row', 'stop'),
  });
  fc.assert(
    fc.property(
      fc.array(act),
      fc.integer({ min: 5, max: 100 }),
      fc.constantFrom(5_000, FIRST_MS),
      (acts, tenths, firstMs) => {
        const silenceMs = 100 * tenths;
        const { watchdog, events, pass } = watched(() => silenceMs, firstMs);
        const expected: string[] = [];
        let [time, since, rows, over] = [0, 0, 0, false];
        const expectUntil = (end: number) => {
          const deadline = since + (rows > 0 ? silenceMs : firstMs);
          const notice = rows === 0 && NOTICE_MS < firstMs ? NOTICE_MS : Number.POSITIVE_INFINITY;
          if (!over && time < notice && notice <= end) expected.push(`quiet ${notice}`);
          if (!over && deadline <= end) {
            expected.push(`fired ${deadline}`);
            over = true;
          }
          time = end;
        };
        for (const { ms, kind } of acts) {
          pass(ms);
          expectUntil(time + ms);
          if (kind === 'stop') {
            watchdog.stop();
            over = true;
          } else {
            watchdog.fed();
            rows += 1;
            since = time;
          }
        }
        pass(FIRST_MS + 10);
        expectUntil(time + FIRST_MS + 10);
        expect(events).toEqual(expected);
        expect(vi.getTimerCount()).toBe(0);
      },
    ),
    { numRuns: 60 },
  );
});
