import { useTranslation } from 'react-i18next';
import { now } from '../../parts/index.ts';
import type { Area } from '../events/clusters.ts';
import type { Feed } from '../feed/feed.ts';
import { isLive, useRange } from '../feed/range.ts';
import { useFeedState } from '../feed/use-feed.ts';
import type { PlotSpec } from '../plots.ts';
import { drawnSpan } from './lines.tsx';
import { momentText } from './time-axis.ts';

/** A window as long as that is told without seconds. */
const WITHOUT_SECONDS_MS = 86_400_000;
/** The sentence needs so many pixels. */
const ROOM_PX = 130;

interface PlotNoteProps {
  feed: Feed;
  spec: PlotSpec;
  area: Area;
  why: string | null;
}

/** Why a plot is empty, or empty on its left: an empty chart must never look like an idle GPU. */
export function PlotNote({ feed, spec, area, why }: PlotNoteProps) {
  const { t, i18n } = useTranslation();
  const range = useRange((state) => state.range);
  const error = useFeedState(feed, (state) => state.error);
  const asked = useFeedState(feed, ({ shown }) => shown !== null);
  const empty = useFeedState(feed, ({ shown }) => spec.lines.every(({ metric }) => !shown?.series[metric]?.length));
  // Where nothing was kept before: only once there is room for the sentence.
  const share = useFeedState(feed, ({ shown }) => {
    const span = drawnSpan(range, shown);
    return span && shown?.oldest ? Math.max(0, (shown.oldest - span.from) / (span.to - span.from)) : 0;
  });
  const oldest = useFeedState(feed, ({ shown }) => shown?.oldest ?? null);

  if (error) return <Note area={area} words={t('charts.failed', { message: error })} bad />;
  if (!asked) return <Note area={area} words={t('charts.reading')} />;
  if (empty) return <Note area={area} words={why ?? t('charts.empty')} />;
  const before = { ...area, width: area.width * Math.min(1, share) };
  if (isLive(range) || oldest === null || before.width < ROOM_PX) return null;
  const time = momentText(oldest, WITHOUT_SECONDS_MS, i18n.language, now());
  return <Note area={before} words={t('charts.notKept', { time })} />;
}

function Note({ area, words, bad = false }: { area: Area; words: string; bad?: boolean }) {
  const { x: left, y: top, width, height } = area;
  return (
    <div className={bad ? 'plot-note error' : 'plot-note'} style={{ left, top, width, height }}>
      <span>{words}</span>
    </div>
  );
}
