import { scaleTime } from 'd3-scale';

const [SECOND, MINUTE, HOUR] = [1_000, 60_000, 3_600_000];
/** The space that a label needs. */
const MIN_GAP_PX = 76;

interface TimeTick {
  /** Unix milliseconds. */
  time: number;
  label: string;
}

/** Round local times between `from` and `to` (Unix milliseconds), far enough apart for their labels on `width` pixels. */
export function timeTicks(from: number, to: number, width: number, language: string): TimeTick[] {
  const scale = scaleTime([new Date(from), new Date(to)], [0, width]);
  const minGapMs = Math.max(SECOND, ((to - from) / Math.max(1, width)) * MIN_GAP_PX);
  // d3 takes the count as a hint, so fewer are requested until the labels fit.
  for (let count = Math.ceil(width / MIN_GAP_PX); count > 0; count -= 1) {
    const times = scale.ticks(count).map(Number);
    const gapMs = smallestGap(times);
    if (gapMs >= minGapMs) return times.map((time) => ({ time, label: labelOf(time, gapMs, language) }));
  }
  return [];
}

const smallestGap = (times: readonly number[]) =>
  times.slice(1).reduce((gap, time, i) => Math.min(gap, time - (times[i] ?? 0)), Number.POSITIVE_INFINITY);

function labelOf(time: number, gapMs: number, language: string): string {
  const date = new Date(time);
  const midnight = date.getHours() === 0 && date.getMinutes() === 0 && date.getSeconds() === 0;
  return midnight ? dayText(date, language) : clockText(date, gapMs < MINUTE);
}

/** Creating a format costs more than all that a chart draws. */
const dayFormats = new Map<string, Intl.DateTimeFormat>();

function dayText(date: Date, language: string): string {
  const format = dayFormats.get(language) ?? new Intl.DateTimeFormat(language, { month: 'short', day: 'numeric' });
  dayFormats.set(language, format);
  return format.format(date);
}

const twoDigits = (value: number) => String(value).padStart(2, '0');

/** HH:MM or HH:MM:SS in local time. */
export const clockText = (date: Date, seconds: boolean) =>
  `${twoDigits(date.getHours())}:${twoDigits(date.getMinutes())}${seconds ? `:${twoDigits(date.getSeconds())}` : ''}`;

/** A time as a read-out shows it: with seconds in short spans, with the day if it is not today. */
export function timeText(time: number, spanMs: number, language: string, now: number): string {
  const date = new Date(time);
  const clock = clockText(date, spanMs < 12 * HOUR);
  const today = new Date(now).toDateString() === date.toDateString();
  return today ? clock : `${dayText(date, language)} ${clock}`;
}
