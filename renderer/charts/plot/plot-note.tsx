import { useTranslation } from 'react-i18next';
import { useSentence } from '../../i18n/index.ts';
import { now } from '../../parts/index.ts';
import type { Area } from '../area.ts';
import type { Feed } from '../feed/feed.ts';
import { isLive, useRange, visibleSpan } from '../feed/range.ts';
import type { ChartData } from '../feed/series.ts';
import { useFeedState } from '../feed/use-feed.ts';
import type { PlotSpec } from '../plots.ts';
import { timeText } from './time-ticks.ts';

/** A span this long is written without seconds. */
const WITHOUT_SECONDS_MS = 86_400_000;
/** The width that the note about missing history needs. */
const MIN_WIDTH_PX = 130;

interface PlotNoteProps {
  feed: Feed;
  spec: PlotSpec;
  area: Area;
  /** Why there are no values, if the driver reports it. */
  emptyReason: string | null;
}

/** Why a plot, or its left part, is empty: an empty plot must not look like an idle GPU. */
export function PlotNote({ feed, spec, area, emptyReason }: PlotNoteProps) {
  const { t, i18n } = useTranslation();
  const sentence = useSentence();
  const range = useRange((state) => state.range);
  const error = useFeedState(feed, (state) => state.error);
  const loaded = useFeedState(feed, ({ data }) => data !== null && hasMetrics(data, spec));
  const empty = useFeedState(feed, ({ data }) => spec.lines.every(({ metric }) => !data?.series[metric]?.length));
  const oldest = useFeedState(feed, ({ data }) => data?.oldest ?? null);
  const emptyShare = useFeedState(feed, ({ data }) => {
    const span = visibleSpan(range, data);
    return span && data?.oldest ? Math.max(0, (data.oldest - span.from) / (span.to - span.from)) : 0;
  });

  if (error) return <Note area={area} text={t('charts.failed', { message: sentence(error) })} failed />;
  if (!loaded) return <Note area={area} text={t('charts.reading')} />;
  if (empty) return <Note area={area} text={emptyReason ?? t('charts.empty')} />;
  const left = { ...area, width: area.width * Math.min(1, emptyShare) };
  if (isLive(range) || oldest === null || left.width < MIN_WIDTH_PX) return null;
  const time = timeText(oldest, WITHOUT_SECONDS_MS, i18n.language, now());
  return <Note area={left} text={t('charts.notKept', { time })} />;
}

/** False until the answer for a newly selected metric arrives; the feed keeps the previous one's data meanwhile. */
const hasMetrics = (data: ChartData, { lines }: PlotSpec) =>
  lines.length === 0 || lines.some(({ metric }) => metric in data.series);

function Note({ area, text, failed = false }: { area: Area; text: string; failed?: boolean }) {
  const { x: left, y: top, width, height } = area;
  return (
    <div className={failed ? 'plot-note error' : 'plot-note'} style={{ left, top, width, height }}>
      <span>{text}</span>
    </div>
  );
}
