import { type KeyboardEvent, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { now } from '../../parts/index.ts';
import type { Feed } from '../feed/feed.ts';
import type { Span } from '../feed/range.ts';
import { columnAt } from '../feed/series.ts';
import { useLineName } from '../line-name.ts';
import type { PlotSpec } from '../plots.ts';
import { cursor } from './cursor.ts';
import { timeText } from './time-ticks.ts';
import { rangeText } from './value-axis.ts';

/** Columns per key; with Shift and with a page key. */
const FAST = 10;
/** The values of a key that is held down are not announced, only those where it stops. */
const ANNOUNCE_MS = 200;

/** Where a key moves the cursor; undefined for other keys, null removes it. */
export function movedBy(key: string, fast: boolean, time: number | null, span: Span, columnMs: number) {
  const at = (next: number) => Math.min(span.to, Math.max(span.from, next));
  const start = time === null || time < span.from || time > span.to ? span.to : time;
  const step = columnMs * (fast ? FAST : 1);
  if (key === 'ArrowLeft') return at(start - step);
  if (key === 'ArrowRight') return at(start + step);
  if (key === 'PageUp') return at(start - FAST * columnMs);
  if (key === 'PageDown') return at(start + FAST * columnMs);
  if (key === 'Home') return span.from;
  if (key === 'End') return span.to;
  return key === 'Escape' && time !== null ? null : undefined;
}

interface Keys {
  feed: Feed;
  spec: PlotSpec;
  top: number;
  currentSpan(): Span;
}

/** Keyboard control of the cursor that all charts share. `announced`: the time and values there, for a live region. */
export function useKeys({ feed, spec, top, currentSpan }: Keys) {
  const { t, i18n } = useTranslation();
  const nameOf = useLineName();
  const [announced, setAnnounced] = useState('');
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);

  const textAt = (time: number, span: Span): string => {
    const { data } = feed.state();
    const values = [...spec.lines].reverse().flatMap((line) => {
      const column = data && columnAt(data.series[line.metric] ?? [], time, data);
      return column ? [`${nameOf(line)} ${rangeText(column.min, column.max, spec.unit, top)}`] : [];
    });
    const clock = timeText(time, span.to - span.from, i18n.language, now());
    return `${clock}: ${values.join(', ') || t('charts.noValues')}`;
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const span = currentSpan();
    const columnMs = feed.state().data?.columnMs ?? (span.to - span.from) / 100;
    const next = movedBy(event.key, event.shiftKey, cursor.time(), span, columnMs);
    if (next === undefined || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    event.stopPropagation();
    cursor.set(next);
    clearTimeout(timer.current);
    if (next === null) setAnnounced('');
    else timer.current = setTimeout(() => setAnnounced(textAt(next, span)), ANNOUNCE_MS);
  };
  return { announced, onKeyDown };
}
