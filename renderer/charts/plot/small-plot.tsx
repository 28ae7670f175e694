import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { TimelineEvent } from '#contract';
import type { Feed } from '../feed/feed.ts';
import { type ChartData, columnAt, latestColumn } from '../feed/series.ts';
import { mainLine, type PlotSpec } from '../plots.ts';
import { cursor } from './cursor.ts';
import { Plot } from './plot.tsx';
import { rangeText } from './value-axis.ts';

interface SmallPlotProps {
  feed: Feed;
  spec: PlotSpec;
  events: readonly TimelineEvent[];
  emptyReason: string | null;
}

/** A plot with its title and value: the latest, or the one under the cursor. */
export function SmallPlot({ feed, spec, events, emptyReason }: SmallPlotProps) {
  const { t } = useTranslation();
  const value = useRef<HTMLSpanElement>(null);
  useEffect(() => {
    const update = () => {
      if (value.current) value.current.textContent = valueText(feed.state().data, spec, cursor.time());
    };
    update();
    const unsubscribes = [feed.onChange(update), cursor.onChange(update)];
    return () => {
      for (const unsubscribe of unsubscribes) unsubscribe();
    };
  }, [feed, spec]);
  const title = t(`charts.name.${spec.name}`);
  return (
    <section aria-label={title} className="small-plot">
      <div className="row small">
        <span className="dim">{title}</span>
        <span className="grow" />
        <span ref={value} />
      </div>
      <Plot feed={feed} spec={spec} events={events} emptyReason={emptyReason} small />
    </section>
  );
}

function valueText(data: ChartData | null, spec: PlotSpec, time: number | null): string {
  const columns = data?.series[mainLine(spec)?.metric ?? ''] ?? [];
  const column = data && (time === null ? latestColumn(columns, data) : columnAt(columns, time, data));
  return column ? rangeText(column.min, column.max, spec.unit, 0) : '–';
}
