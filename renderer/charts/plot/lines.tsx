import { type RefObject, useEffect, useRef, useState } from 'react';
import type { Area } from '../area.ts';
import { type Cluster, leadingKind } from '../events/clusters.ts';
import type { Feed } from '../feed/feed.ts';
import { isLive, isOfRange, type Span, useRange, visibleSpan } from '../feed/range.ts';
import type { ChartData } from '../feed/series.ts';
import type { PlotSpec } from '../plots.ts';
import { cursor } from './cursor.ts';
import { pathsOf, stepsOf } from './paths.ts';
import { TimeAxis } from './time-axis.tsx';

interface LinesProps {
  feed: Feed;
  spec: PlotSpec;
  area: Area;
  /** The end of the value axis. */
  top: number;
  small: boolean;
  clusters: readonly Cluster[];
  /** Where the label of the limit goes, as a value of the axis; 0 if there is none. */
  limit: number;
  limitLabel: string | null;
}

/** The series and the event lines over their frame. Ticks change attributes through refs, without React. */
export function Lines({ feed, spec, area, top, small, clusters, limit, limitLabel }: LinesProps) {
  const range = useRange((state) => state.range);
  const plot = useRef<SVGSVGElement>(null);
  const pointer = useRef<SVGLineElement>(null);
  const ends = useDrawing({ feed, spec, area, top, clusters }, plot);
  usePointer(feed, area.width, pointer);
  const { width, height } = area;
  const limitY = height * (1 - limit / top);
  return (
    <svg className="plot-lines" aria-hidden>
      <svg ref={plot} x={area.x} y={area.y} width={width} height={height} aria-hidden>
        <rect height={height} className="no-history" />
        <g className="all-series">
          {spec.lines.map(({ metric, colour, style }) => (
            <g key={metric} data-metric={metric} style={{ color: colour }} className={`series ${style}`}>
              <path className="fill" />
              <path className="band" />
              <path className="mean" />
            </g>
          ))}
        </g>
        <g className="event-lines">
          {clusters.map((cluster) => (
            <line
              key={cluster.time}
              data-time={cluster.time}
              y2={height}
              className={`event-kind event-${leadingKind(cluster)}`}
            />
          ))}
        </g>
        <line ref={pointer} y2={height} className="pointer" />
      </svg>
      {limit > 0 && limitLabel && (
        <text x={area.x + width - 4} y={area.y + limitY - 4} className="limit-label">
          {limitLabel}
        </text>
      )}
      {(isLive(range) || ends) && <TimeAxis area={area} ends={isLive(range) ? null : ends} small={small} />}
    </svg>
  );
}

type Drawing = Pick<LinesProps, 'feed' | 'spec' | 'area' | 'top' | 'clusters'>;

/** Redraws on each change of the feed. Returns the span for the time axis; null until there is one. */
function useDrawing({ feed, spec, area, top, clusters }: Drawing, plot: RefObject<SVGSVGElement | null>): Span | null {
  const range = useRange((state) => state.range);
  const [ends, setEnds] = useState<Span | null>(null);
  const { width, height } = area;
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new event line's element needs its position at once.
  useEffect(() => {
    const draw = () => {
      const { data } = feed.state();
      const span = visibleSpan(range, data);
      if (!plot.current) return;
      // Data of another range is not drawn again: what stands is dimmed until its own arrives.
      const waits = data !== null && !isOfRange(range, data);
      plot.current.classList.toggle('waits', waits);
      if (!span || waits) return;
      const x = (time: number) => (width * (time - span.from)) / (span.to - span.from);
      const y = (value: number) => height * (1 - value / top);
      if (data) drawSeries(plot.current, spec, data, { x, y, base: height });
      drawEventLines(plot.current, x);
      const oldest = Math.min(width, Math.max(0, data?.oldest ? x(data.oldest) : 0));
      plot.current.querySelector('.no-history')?.setAttribute('width', String(oldest));
      // The labels of the live axis are fixed; those of a clock move with each answer.
      setEnds((old) => (isLive(range) || (old?.from === span.from && old.to === span.to) ? old : span));
    };
    draw();
    return feed.onChange(draw);
  }, [feed, spec, range, width, height, top, clusters, plot]);
  return ends;
}

/** Moves the vertical line at the cursor, which all charts share. */
function usePointer(feed: Feed, width: number, pointer: RefObject<SVGLineElement | null>) {
  const range = useRange((state) => state.range);
  useEffect(() => {
    const move = () => {
      const [time, span] = [cursor.time(), visibleSpan(range, feed.state().data)];
      const x = time === null || !span ? -1 : (width * (time - span.from)) / (span.to - span.from);
      pointer.current?.setAttribute('transform', `translate(${x.toFixed(1)} 0)`);
    };
    move();
    const unsubscribes = [feed.onChange(move), cursor.onChange(move)];
    return () => {
      for (const unsubscribe of unsubscribes) unsubscribe();
    };
  }, [feed, range, width, pointer]);
}

interface Scale {
  x(time: number): number;
  y(value: number): number;
  /** The bottom of an area, in pixels. */
  base: number;
}

function drawSeries(plot: SVGSVGElement, spec: PlotSpec, data: ChartData, { x, y, base }: Scale): void {
  const groups = plot.querySelectorAll('.series');
  const scale = { x, y, gapMs: Math.max(data.gapMs, 2 * data.columnMs) };
  spec.lines.forEach(({ metric, style }, i) => {
    const columns = data.series[metric] ?? [];
    const [fill, band, mean] = groups[i]?.children ?? [];
    if (style === 'step') {
      mean?.setAttribute('d', stepsOf(columns, scale));
      return;
    }
    const paths = pathsOf(columns, scale, base);
    if (style === 'area') fill?.setAttribute('d', paths.fill);
    if (style !== 'dashed') band?.setAttribute('d', paths.band);
    mean?.setAttribute('d', paths.line);
  });
}

function drawEventLines(plot: SVGSVGElement, x: (time: number) => number): void {
  for (const line of plot.querySelectorAll('.event-lines line')) {
    const at = x(Number(line.getAttribute('data-time'))).toFixed(1);
    line.setAttribute('x1', at);
    line.setAttribute('x2', at);
  }
}
