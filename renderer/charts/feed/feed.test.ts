import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { PanelError, verbatim } from '#contract';
import { poll } from './feed.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function polling(fetch: () => Promise<number>, intervalMs: number | null) {
  const [answers, failures]: [number[], string[]] = [[], []];
  const stop = poll({
    fetch,
    intervalMs,
    onData: (answer) => answers.push(answer),
    onError: ({ text }) => failures.push(text),
  });
  return { stop, answers, failures };
}

describe('polling', () => {
  it('waits for the answer, then for the interval', async () => {
    let requests = 0;
    let answer = (_: number) => {};
    const { answers, stop } = polling(() => {
      requests += 1;
      return new Promise((done) => {
        answer = done;
      });
    }, 2_000);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(requests).toBe(1);
    answer(7);
    await vi.advanceTimersByTimeAsync(1_999);
    expect([answers, requests]).toEqual([[7], 1]);
    await vi.advanceTimersByTimeAsync(1);
    expect(requests).toBe(2);
    stop();
    answer(8);
    await vi.advanceTimersByTimeAsync(60_000);
    expect([answers, requests]).toEqual([[7], 2]);
  });

  it('without an interval fetches once, and retries after an error', async () => {
    const outcomes = [() => Promise.reject(new PanelError('internal', verbatim('no disk'))), () => Promise.resolve(1)];
    let requests = 0;
    const { answers, failures } = polling(() => (outcomes[requests++] ?? (() => Promise.resolve(0)))(), null);
    await vi.advanceTimersByTimeAsync(60_000);
    expect([answers, failures, requests]).toEqual([[1], ['no disk'], 2]);
  });

  it('sends nothing if it is stopped before the first request', async () => {
    let requests = 0;
    polling(() => Promise.resolve(++requests), 1).stop();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(requests).toBe(0);
  });
});
