import { expect, it } from 'vitest';
import type { Alert, CrashSummary, TimelineEvent } from '#contract';
import { entriesOf, passes } from './entries.ts';

const event = (time: number, kind: TimelineEvent['kind'], more: Partial<TimelineEvent> = {}): TimelineEvent => ({
  time,
  kind,
  text: '',
  ...more,
});
const alert = (id: string, since: number) => ({ id, since, level: 'warning' }) as Alert;
const crash = (id: string, time: number) => ({ id, time }) as CrashSummary;
const sentence = (code: string) => ({ code, values: {}, text: '' });

it('shows each thing once, newest first, and leaves out what needs no reading', () => {
  const entries = entriesOf({
    events: [
      event(1, 'starting'),
      event(2, 'crashed', { ref: 'c' }),
      event(3, 'alert', { ref: 'a' }),
      event(4, 'alert', { ref: 'older than the list' }),
      event(5, 'run_ended', { ref: 'r' }),
    ],
    alerts: [alert('a', 3)],
    crashes: [crash('c', 2)],
    recordings: [],
  });
  expect(entries.map(({ time, kind }) => [time, kind])).toEqual([
    [5, 'event'],
    [4, 'event'],
    [3, 'alert'],
    [2, 'crash'],
  ]);
});

it('tells a failed run from a completed one', () => {
  const [failed, completed] = entriesOf({
    events: [
      event(2, 'run_ended', { sentence: sentence('runs.endedFailed') }),
      event(1, 'run_ended', { sentence: sentence('runs.endedCompleted') }),
    ],
    alerts: [],
    crashes: [],
    recordings: [],
  });
  expect([failed, completed].map((entry) => entry && passes(entry, 'failures'))).toEqual([true, false]);
  expect([failed, completed].every((entry) => entry && passes(entry, 'runs') && !passes(entry, 'alerts'))).toBe(true);
});
