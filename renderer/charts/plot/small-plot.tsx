import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { TimelineEvent } from '#contract';
import type { Feed } from '../feed/feed.ts';
import { columnAt, newestOf, type Shown } from '../feed/series.ts';
import { mainLine, type PlotSpec } from '../plots.ts';
import { cursor } from './cursor.ts';
import { spreadText } from './figures.ts';
import { Plot } from './plot.tsx';

interface SmallPlotProps {
  feed: Feed;
  spec: PlotSpec;
  events: readonly TimelineEvent[];
  why: string | null;
}

/** A vital beside the memory, with its newest figure: with the one under the cursor while there is one. */
export function SmallPlot({ feed, spec, events, why }: SmallPlotProps) {
  const { t } = useTranslation();
  const figure = useRef<HTMLSpanElement>(null);
  useEffect(() => {
    const show = () => {
      if (figure.current) figure.current.textContent = figureText(feed.state().shown, spec, cursor.time());
    };
    show();
    const stops = [feed.onChange(show), cursor.onChange(show)];
    return () => {
      for (const stop of stops) stop();
    };
  }, [feed, spec]);
  const title = t(`charts.name.${spec.name}`);
  return (
    <section aria-label={title} className="small-plot">
      <div className="row small">
        <span className="dim">{title}</span>
        <span className="grow" />
        <span ref={figure} />
      </div>
      <Plot feed={feed} spec={spec} events={events} why={why} small />
    </section>
  );
}

function figureText(shown: Shown | null, spec: PlotSpec, time: number | null): string {
  const columns = shown?.series[mainLine(spec)?.metric ?? ''] ?? [];
  const column = shown && (time === null ? newestOf(columns, shown) : columnAt(columns, time, shown));
  return column ? spreadText(column.min, column.max, spec.unit, 0) : '–';
}
