import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Area, type Cluster, leading } from '../events/clusters.ts';
import type { Feed } from '../feed/feed.ts';
import { isLive, type Range, type Span, useRange } from '../feed/range.ts';
import type { Shown } from '../feed/series.ts';
import type { PlotSpec } from '../plots.ts';
import { cursor } from './cursor.ts';
import { pathsOf, type Scale } from './paths.ts';
import { timeTicks } from './time-axis.ts';

/** What is drawn now: a window as it was chosen, the last hours up to the newest answer. */
export const drawnSpan = (range: Range, shown: Shown | null): Span | null =>
  range.kind === 'window' ? range : shown && { from: shown.to - range.spanMs, to: shown.to };

interface LinesProps {
  feed: Feed;
  spec: PlotSpec;
  area: Area;
  top: number;
  small: boolean;
  clusters: readonly Cluster[];
  /** Where our limit is, as a share of the scale; 0: none. */
  limit: number;
  limitWord: string | null;
}

/** The series above their frame. A tick changes attributes through refs and renders no React. */
export function Lines({ feed, spec, area, top, small, clusters, limit, limitWord }: LinesProps) {
  const range = useRange((state) => state.range);
  const [ends, setEnds] = useState<Span | null>(null);
  const lines = useRef<SVGGElement>(null);
  const marks = useRef<SVGGElement>(null);
  const before = useRef<SVGRectElement>(null);
  const pointer = useRef<SVGLineElement>(null);
  const { width, height } = area;

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new mark is a new element that wants its place at once.
  useEffect(() => {
    const draw = () => {
      const { shown } = feed.state();
      const span = drawnSpan(range, shown);
      if (!span) return;
      const x = (time: number) => (width * (time - span.from)) / (span.to - span.from);
      if (shown) drawLines(lines.current, spec, shown, { x, y: (value) => height * (1 - value / top) }, height);
      for (const mark of marks.current?.children ?? []) {
        const at = x(Number(mark.getAttribute('data-time'))).toFixed(1);
        mark.setAttribute('x1', at);
        mark.setAttribute('x2', at);
      }
      const first = shown?.oldest ? x(shown.oldest) : 0;
      before.current?.setAttribute('width', String(Math.min(width, Math.max(0, first))));
      point();
      // The words of the live axis stand still; those of a clock move with each answer.
      setEnds((old) => (isLive(range) || (old?.from === span.from && old.to === span.to) ? old : span));
    };
    const point = () => {
      const [time, span] = [cursor.time(), drawnSpan(range, feed.state().shown)];
      const at = time === null || !span ? -1 : (width * (time - span.from)) / (span.to - span.from);
      pointer.current?.setAttribute('transform', `translate(${at.toFixed(1)} 0)`);
    };
    draw();
    const stops = [feed.onChange(draw), cursor.onChange(point)];
    return () => {
      for (const stop of stops) stop();
    };
  }, [feed, spec, range, width, height, top, clusters]);

  const line = height * (1 - limit);
  return (
    <svg className="plot-lines" aria-hidden>
      <svg x={area.x} y={area.y} width={width} height={height} aria-hidden>
        <rect ref={before} height={height} className="not-kept" />
        <g ref={lines}>
          {spec.lines.map(({ metric, colour, look }) => (
            <g key={metric} data-metric={metric} style={{ color: colour }} className={`series ${look}`}>
              <path className="fill" />
              <path className="band" />
              <path className="mean" />
            </g>
          ))}
        </g>
        {limit > 0 && <line x2={width} y1={line} y2={line} stroke="var(--text)" strokeDasharray="5 4" />}
        <g ref={marks} className="mark-lines">
          {clusters.map((cluster) => (
            <line
              key={cluster.time}
              data-time={cluster.time}
              y2={height}
              className={`kind event-${leading(cluster)}`}
            />
          ))}
        </g>
        <line ref={pointer} y2={height} className="pointer" />
      </svg>
      {limit > 0 && limitWord && (
        <text x={area.x + 4} y={area.y + line - 4} className="limit-word">
          {limitWord}
        </text>
      )}
      <TimeAxis area={area} ends={isLive(range) ? null : ends} small={small} />
    </svg>
  );
}

function drawLines(
  group: SVGGElement | null,
  spec: PlotSpec,
  shown: Shown,
  { x, y }: Pick<Scale, 'x' | 'y'>,
  base: number,
) {
  const scale = { x, y, gapMs: Math.max(shown.gapMs, 2 * shown.columnMs) };
  spec.lines.forEach(({ metric, look }, i) => {
    const paths = pathsOf(shown.series[metric] ?? [], scale, base);
    const [fill, band, mean] = group?.children[i]?.children ?? [];
    if (look === 'area') fill?.setAttribute('d', paths.fill);
    if (look !== 'dashed') band?.setAttribute('d', paths.band);
    mean?.setAttribute('d', paths.line);
  });
}

/** In whatever language, their words have room. */
const minutesIn = (width: number) => (width < 160 ? [10, 0] : width < 400 ? [10, 5, 0] : [10, 8, 6, 4, 2, 0]);

/** Without `ends`: the ten minutes until now. */
function TimeAxis({ area, ends, small }: { area: Area; ends: Span | null; small: boolean }) {
  const { t, i18n } = useTranslation();
  const range = useRange((state) => state.range);
  const y = area.y + area.height + 14;
  const live = minutesIn(area.width).map((minute) => ({
    at: 1 - minute / 10,
    label: minute === 0 ? t('charts.now') : t('charts.minutes', { count: -minute }),
  }));
  const clock = () =>
    ends
      ? timeTicks(ends.from, ends.to, small ? area.width / 1.4 : area.width, i18n.language).map(({ time, label }) => ({
          at: (time - ends.from) / (ends.to - ends.from),
          label,
        }))
      : [];
  return (isLive(range) ? live : clock()).map(({ at, label }) => (
    <text key={`${at}${label}`} x={area.x + at * area.width} y={y} textAnchor={anchor(at)}>
      {label}
    </text>
  ));
}

/** At the edges a word would reach out of the chart. */
const anchor = (at: number) => (at < 0.02 ? 'start' : at > 0.95 ? 'end' : 'middle');
