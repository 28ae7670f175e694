const [SECOND, MINUTE, HOUR, DAY] = [1_000, 60_000, 3_600_000, 86_400_000];
const steps = [
  ...[1, 2, 5, 10, 15, 30].map((n) => n * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((n) => n * MINUTE),
  ...[1, 2, 3, 6, 12].map((n) => n * HOUR),
  ...[1, 2, 5, 10, 30].map((n) => n * DAY),
];
const LEAST_PX = 76;

export interface TimeTick {
  time: number;
  label: string;
}

/** Round moments of this place's clock, far enough apart for their words. */
export function timeTicks(from: number, to: number, width: number, language: string): TimeTick[] {
  const wanted = ((to - from) / Math.max(1, width)) * LEAST_PX;
  const step = steps.find((one) => one >= wanted) ?? 30 * DAY;
  // Days and hours are round where the person is, not at Greenwich.
  const offset = offsetAt(to);
  const first = Math.ceil((from - offset) / step) * step + offset;
  const made: TimeTick[] = [];
  for (let at = first; at <= to; at += step) {
    // Summer time may have begun or ended in between.
    const time = step < HOUR ? at : at + offsetAt(at) - offset;
    if (time >= from && time <= to) made.push({ time, label: label(time, step, language) });
  }
  return made;
}

const offsetAt = (time: number) => new Date(time).getTimezoneOffset() * MINUTE;

function label(time: number, step: number, language: string): string {
  const date = new Date(time);
  const midnight = date.getHours() === 0 && date.getMinutes() === 0 && date.getSeconds() === 0;
  if (step >= DAY || (midnight && step >= MINUTE)) return dayText(date, language);
  return clockText(date, step < MINUTE);
}

const dayText = (date: Date, language: string) => date.toLocaleDateString(language, { month: 'short', day: 'numeric' });

const two = (value: number) => String(value).padStart(2, '0');

export const clockText = (date: Date, seconds: boolean) =>
  `${two(date.getHours())}:${two(date.getMinutes())}${seconds ? `:${two(date.getSeconds())}` : ''}`;

/** A moment as a read-out tells it: the day only where the window is not all of today. */
export function momentText(time: number, spanMs: number, language: string, now: number): string {
  const date = new Date(time);
  const clock = clockText(date, spanMs < 12 * HOUR);
  const today = new Date(now).toDateString() === date.toDateString();
  return today ? clock : `${dayText(date, language)} ${clock}`;
}
