import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';
import type { TimelineEvent } from '#contract';
import type { Feed, FeedState } from '../../live/feed.ts';
import { spreadText } from '../../live/figures.ts';
import type { PlotSpec } from '../../live/plots.ts';
import { Plot } from './plot.tsx';
import { useFeedState } from './use-feed.ts';

interface SmallPlotProps {
  feed: Feed;
  spec: PlotSpec;
  events: readonly TimelineEvent[];
  why: string | null;
}

/** A vital beside the memory, with its newest figure. */
export function SmallPlot({ feed, spec, events, why }: SmallPlotProps) {
  const { t } = useTranslation();
  const newest = useFeedState(
    feed,
    useCallback(({ shown }: FeedState) => newestText(shown, spec), [spec]),
  );
  const title = t(`charts.name.${spec.name}`);
  return (
    <section aria-label={title} className="small-plot">
      <div className="row small">
        <span className="dim">{title}</span>
        <span className="grow" />
        <span>{newest}</span>
      </div>
      <Plot feed={feed} spec={spec} events={events} why={why} small />
    </section>
  );
}

/** Of each line that is measured, not of what bounds it, the newest column; nothing where it is older than a gap. */
function newestText(shown: FeedState['shown'], { lines, unit }: PlotSpec): string {
  const measured = lines.filter(({ look }) => look !== 'dashed').at(-1);
  const column = measured && shown?.series[measured.metric]?.at(-1);
  if (!column || !shown || column.time < shown.to - shown.gapMs - shown.columnMs) return '–';
  return spreadText(column.min, column.max, unit, 0);
}
