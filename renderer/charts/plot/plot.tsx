import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import type { TimelineEvent } from '#contract';
import { now } from '../../parts/index.ts';
import { type Area, clusters } from '../events/clusters.ts';
import { EventMarks } from '../events/event-marks.tsx';
import type { Feed, FeedState } from '../feed/feed.ts';
import { spanAt, spanMsOf, useRange } from '../feed/range.ts';
import { newestOf } from '../feed/series.ts';
import { useFeedState } from '../feed/use-feed.ts';
import { useLineName } from '../line-name.ts';
import type { PlotSpec } from '../plots.ts';
import { spreadText } from './figures.ts';
import { Frame } from './frame.tsx';
import { drawnSpan, Lines } from './lines.tsx';
import { PlotNote } from './plot-note.tsx';
import { Readout } from './readout.tsx';
import { useDrag } from './use-drag.ts';

/** Marks that are closer than this are one. */
const MARK_PX = 16;
const none: readonly TimelineEvent[] = [];

export interface PlotProps {
  feed: Feed;
  spec: PlotSpec;
  /** The card's memory in MiB; 0 where it is not known, or not what the scale is about. */
  card?: number;
  /** Only of the GPU that is shown. */
  events?: readonly TimelineEvent[];
  small?: boolean;
  /** Where our limit is, as a share of the scale; 0: none. */
  limit?: number;
  limitWord?: string | null;
  /** Why there are no figures now, in words. */
  why?: string | null;
}

/** One chart: a frame that stands still, and above it what lives. */
export function Plot({ feed, spec, card = 0, events = none, small = false, ...more }: PlotProps) {
  const [area, setArea] = useState<Area | null>(null);
  const range = useRange((state) => state.range);
  const top = useFeedState(
    feed,
    useCallback((state: FeedState) => spec.top(mostOf(state, spec), card), [spec, card]),
  );
  const width = area?.width ?? 0;
  const grouped = useMemo(
    () => (width > 0 ? clusters(events, (spanMsOf(range) * MARK_PX) / width) : []),
    [events, range, width],
  );
  return (
    <div className={small ? 'plot small' : 'plot'}>
      <Newest feed={feed} spec={spec} top={top} />
      <Frame top={top} unit={spec.unit} small={small} onArea={setArea} />
      {area && (
        <>
          <Lines
            feed={feed}
            spec={spec}
            area={area}
            top={top}
            small={small}
            clusters={grouped}
            limit={more.limit ?? 0}
            limitWord={more.limitWord ?? null}
          />
          <PlotNote feed={feed} spec={spec} area={area} why={more.why ?? null} />
          <Surface feed={feed} area={area} />
          {!small && <EventMarks feed={feed} area={area} clusters={grouped} />}
          {!small && <Readout feed={feed} spec={spec} area={area} top={top} />}
        </>
      )}
    </div>
  );
}

/** The chart in words, for who does not see it: each line's newest figure. */
function Newest({ feed, spec, top }: { feed: Feed; spec: PlotSpec; top: number }) {
  const place = useRef<HTMLParagraphElement>(null);
  const nameOf = useLineName();
  useEffect(() => {
    let told = '';
    const tell = () => {
      const { shown } = feed.state();
      const words = spec.lines.flatMap((line) => {
        const column = shown && newestOf(shown.series[line.metric] ?? [], shown);
        return column ? [`${nameOf(line)} ${spreadText(column.min, column.max, spec.unit, top)}`] : [];
      });
      const text = words.join(', ');
      // With each tick, and most say the same: what is not touched is not laid out again.
      if (place.current && text !== told) place.current.textContent = text;
      told = text;
    };
    tell();
    return feed.onChange(tell);
  }, [feed, spec, top, nameOf]);
  return <p ref={place} className="visually-hidden" />;
}

/** The most of all that is shown: what the scale has to hold. */
function mostOf({ shown }: FeedState, { lines }: PlotSpec): number {
  let most = 0;
  for (const { metric } of lines) for (const { max } of shown?.series[metric] ?? []) if (max > most) most = max;
  return most;
}

function Surface({ feed, area }: { feed: Feed; area: Area }) {
  const box = useRef<HTMLDivElement>(null);
  const spanNow = () => {
    const { range } = useRange.getState();
    return drawnSpan(range, feed.state().shown) ?? spanAt(range, now());
  };
  const handlers = useDrag(area, spanNow, box);
  return (
    <div
      className="surface"
      style={{ left: area.x, top: area.y, width: area.width, height: area.height }}
      {...handlers}
    >
      <div ref={box} className="chosen" />
    </div>
  );
}
