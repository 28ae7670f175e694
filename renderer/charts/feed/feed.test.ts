import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { poll } from './feed.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function polling(ask: () => Promise<number>, everyMs: number | null) {
  const [answers, failures]: [number[], string[]] = [[], []];
  const stop = poll({ ask, everyMs, answered: (one) => answers.push(one), failed: (one) => failures.push(one) });
  return { stop, answers, failures };
}

describe('asking again and again', () => {
  it('waits for the answer, then for the period', async () => {
    let asked = 0;
    let answer = (_: number) => {};
    const { answers, stop } = polling(() => {
      asked += 1;
      return new Promise((done) => {
        answer = done;
      });
    }, 2_000);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(asked).toBe(1);
    answer(7);
    await vi.advanceTimersByTimeAsync(1_999);
    expect([answers, asked]).toEqual([[7], 1]);
    await vi.advanceTimersByTimeAsync(1);
    expect(asked).toBe(2);
    stop();
    answer(8);
    await vi.advanceTimersByTimeAsync(60_000);
    expect([answers, asked]).toEqual([[7], 2]);
  });

  it('asks for what stands still once, and after a failure until it has it', async () => {
    const outcomes = [() => Promise.reject(new Error('no disk')), () => Promise.resolve(1)];
    let asked = 0;
    const { answers, failures } = polling(() => (outcomes[asked++] ?? (() => Promise.resolve(0)))(), null);
    await vi.advanceTimersByTimeAsync(60_000);
    expect([answers, failures, asked]).toEqual([[1], ['no disk'], 2]);
  });

  it('asks nothing where it is stopped before it came to rest', async () => {
    let asked = 0;
    polling(() => Promise.resolve(++asked), 1).stop();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(asked).toBe(0);
  });
});
