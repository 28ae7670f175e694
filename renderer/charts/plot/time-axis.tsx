import { useTranslation } from 'react-i18next';
import type { Area } from '../area.ts';
import type { Span } from '../feed/range.ts';
import { timeTicks } from './time-ticks.ts';

/** Small plots have room for fewer labels. */
const SMALL_FACTOR = 1.4;
const BASELINE_PX = 14;

/** The labels of the time axis: clock times between `ends`, or the last ten minutes if `ends` is null. */
export function TimeAxis({ area, ends, small }: { area: Area; ends: Span | null; small: boolean }) {
  const { t, i18n } = useTranslation();
  const live = () =>
    liveMinutes(area.width).map((minute) => ({
      at: 1 - minute / 10,
      label: minute === 0 ? t('charts.now') : t('charts.minutes', { count: -minute }),
    }));
  const clock = ({ from, to }: Span) =>
    timeTicks(from, to, small ? area.width / SMALL_FACTOR : area.width, i18n.language).map(({ time, label }) => ({
      at: (time - from) / (to - from),
      label,
    }));
  return (ends ? clock(ends) : live()).map(({ at, label }) => (
    <text
      key={`${at}${label}`}
      x={area.x + at * area.width}
      y={area.y + area.height + BASELINE_PX}
      textAnchor={anchor(at)}
    >
      {label}
    </text>
  ));
}

/** The labelled minutes of the live axis, which fit in either language. */
const liveMinutes = (width: number) => (width < 160 ? [10, 0] : width < 400 ? [10, 5, 0] : [10, 8, 6, 4, 2, 0]);

/** Keeps labels at the edges inside the chart. */
const anchor = (at: number) => (at < 0.02 ? 'start' : at > 0.95 ? 'end' : 'middle');
