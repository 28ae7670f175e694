import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  historyRequest,
  LIVE_MS,
  MIN_WINDOW_MS,
  moved,
  placeOf,
  rangeAt,
  refreshMs,
  spanAt,
  spanMsOf,
  spans,
  useRange,
  windowOf,
} from './range.ts';

const NOW = 1_700_000_000_000;
const time = fc.integer({ min: NOW - spans['30d'], max: NOW });

describe('a window', () => {
  it('is never past now, never too short, and includes the selection', () => {
    fc.assert(
      fc.property(time, time, (one, other) => {
        const { from, to } = spanAt(windowOf(one, other, NOW), NOW);
        expect(to).toBeLessThanOrEqual(NOW);
        expect(to - from).toBeGreaterThanOrEqual(MIN_WINDOW_MS - 1);
        expect(from).toBeLessThanOrEqual(Math.min(one, other) + 1);
        expect(to).toBeGreaterThanOrEqual(Math.max(one, other) - 1);
      }),
    );
  });

  it('keeps its width when moved, and ends at now at the latest', () => {
    fc.assert(
      fc.property(time, fc.integer({ min: MIN_WINDOW_MS, max: spans['7d'] }), fc.integer(), (to, width, by) => {
        const window = windowOf(to - width, to, NOW);
        const after = moved(window, by, NOW);
        expect(Math.abs(spanMsOf(after) - spanMsOf(window))).toBeLessThanOrEqual(1);
        expect(spanAt(after, NOW).to).toBeLessThanOrEqual(NOW);
      }),
    );
  });
});

it('refreshes once per pixel, at most every two seconds, and never for a fixed window', () => {
  expect(refreshMs({ kind: 'last', spanMs: spans['24h'] }, 800)).toBe(108_000);
  expect(refreshMs({ kind: 'last', spanMs: LIVE_MS }, 800)).toBe(2_000);
  expect(refreshMs({ kind: 'window', from: 0, to: 1 }, 800)).toBeNull();
});

it('requests columns with fixed borders that cover the range, at most one more than pixels', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...Object.values(spans)),
      fc.integer({ min: 16, max: 4_000 }),
      fc.integer({ min: 0, max: 60_000 }),
      (spanMs, width, later) => {
        const [first, second] = [NOW, NOW + later].map((now) => historyRequest({ kind: 'last', spanMs }, width, now));
        for (const [now, window] of [[NOW, first] as const, [NOW + later, second] as const]) {
          if (!window) continue;
          const columnMs = (window.to - window.from) / window.width;
          expect(window.from % columnMs).toBe(0);
          expect(window.from).toBeLessThanOrEqual(now - spanMs);
          expect(window.to).toBeGreaterThan(now);
          expect(window.width).toBeLessThanOrEqual(width + 2);
        }
      },
    ),
  );
});

describe('a range in the address', () => {
  it('is the same after a reload', () => {
    for (const spanMs of Object.values(spans))
      expect(rangeAt(placeOf({ kind: 'last', spanMs }))).toEqual({ kind: 'last', spanMs });
    fc.assert(
      fc.property(time, time, (one, other) => {
        const range = windowOf(one, other, NOW);
        expect(rangeAt(placeOf(range))).toEqual(range);
      }),
    );
  });

  it.each(['', '5h', '10m', '9-3', '1-2', '1-', 'constructor'])('shows the latest ten minutes for %j', (place) => {
    expect(rangeAt(place)).toEqual({ kind: 'last', spanMs: LIVE_MS });
  });
});

describe('the range of all charts', () => {
  beforeEach(() => useRange.getState().showLast(LIVE_MS));

  it('zooms in step by step, and back the same way; a pan is one step', () => {
    const { zoom, pan, back } = useRange.getState();
    const hour = { kind: 'window', from: 0, to: 3_600_000 } as const;
    const minutes = { kind: 'window', from: 60_000, to: 600_000 } as const;
    zoom(hour);
    zoom(minutes);
    for (const by of [1, 2, 3]) pan({ ...minutes, from: minutes.from + by });
    expect(useRange.getState().range).toEqual({ ...minutes, from: minutes.from + 3 });
    back();
    expect(useRange.getState().range).toEqual(hour);
    back();
    back();
    expect(useRange.getState()).toMatchObject({ range: { kind: 'last', spanMs: LIVE_MS }, history: [] });
  });

  it('pauses at what is shown, and follows in the same span again', () => {
    const { showLast, pause, zoom, follow } = useRange.getState();
    showLast(spans['6h']);
    pause(NOW);
    expect(useRange.getState().range).toEqual({ kind: 'window', from: NOW - spans['6h'], to: NOW });
    pause(NOW + 1_000);
    expect(spanAt(useRange.getState().range, 0).to).toBe(NOW);
    zoom({ kind: 'window', from: NOW - 60_000, to: NOW });
    follow();
    expect(useRange.getState()).toMatchObject({ range: { kind: 'last', spanMs: spans['6h'] }, history: [] });
  });

  it('stays at the last ten minutes in a recording', () => {
    const { setRecorded, showLast, zoom, pan } = useRange.getState();
    showLast(spans['24h']);
    setRecorded(true);
    showLast(spans['7d']);
    zoom({ kind: 'window', from: 0, to: 60_000 });
    pan({ kind: 'window', from: 0, to: 60_000 });
    expect(useRange.getState()).toMatchObject({ range: { kind: 'last', spanMs: LIVE_MS }, history: [] });
    setRecorded(false);
    showLast(spans['24h']);
    expect(useRange.getState().range).toEqual({ kind: 'last', spanMs: spans['24h'] });
  });

  it('drops its history when a span is selected', () => {
    const { pan, showLast } = useRange.getState();
    pan({ kind: 'window', from: 0, to: 60_000 });
    expect(useRange.getState().history).toHaveLength(1);
    showLast(spans['24h']);
    expect(useRange.getState()).toMatchObject({ range: { kind: 'last', spanMs: spans['24h'] }, history: [] });
  });
});
