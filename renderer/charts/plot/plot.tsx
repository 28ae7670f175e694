import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import type { TimelineEvent } from '#contract';
import type { Area } from '../area.ts';
import { clusterEvents } from '../events/clusters.ts';
import { EventMarks } from '../events/event-marks.tsx';
import type { Feed, FeedState } from '../feed/feed.ts';
import { spanMsOf, useRange } from '../feed/range.ts';
import { latestColumn } from '../feed/series.ts';
import { useFeedState } from '../feed/use-feed.ts';
import { useLineName } from '../line-name.ts';
import type { PlotSpec } from '../plots.ts';
import { Frame } from './frame.tsx';
import { Lines } from './lines.tsx';
import { PlotNote } from './plot-note.tsx';
import { Readout } from './readout.tsx';
import { Surface } from './surface.tsx';
import { rangeText } from './value-axis.ts';
import './plot.css';

/** Closer event marks are joined. */
const MARK_GAP_PX = 16;
const noEvents: readonly TimelineEvent[] = [];

interface PlotProps {
  feed: Feed;
  spec: PlotSpec;
  /** The memory of the GPU or system; 0 if unknown or irrelevant to the scale. */
  totalMiB?: number;
  /** What it shows, for screen readers; a small plot takes no keys and needs none. */
  name?: string;
  events?: readonly TimelineEvent[];
  small?: boolean;
  /** The limit at the end of the span, for its label; 0 if there is none. */
  limit?: number;
  limitLabel?: string | null;
  /** Why there are no values, if the driver reports it. */
  emptyReason?: string | null;
}

/** One plot: a static frame with the data on top. */
export function Plot({ feed, spec, totalMiB = 0, events = noEvents, small = false, ...rest }: PlotProps) {
  const { limit = 0, limitLabel = null, emptyReason = null, name = '' } = rest;
  const [area, setArea] = useState<Area | null>(null);
  const range = useRange((state) => state.range);
  const top = useFeedState(
    feed,
    useCallback((state: FeedState) => spec.top(maxValue(state, spec), totalMiB), [spec, totalMiB]),
  );
  const width = area?.width ?? 0;
  const clusters = useMemo(
    () => (width > 0 ? clusterEvents(events, (spanMsOf(range) * MARK_GAP_PX) / width) : []),
    [events, range, width],
  );
  const shared = { feed, spec, top };
  return (
    <div className={small ? 'plot small' : 'plot'}>
      <LatestValues {...shared} />
      <Frame top={top} unit={spec.unit} small={small} onArea={setArea} />
      {area && (
        <>
          <Lines {...shared} area={area} small={small} clusters={clusters} limit={limit} limitLabel={limitLabel} />
          <PlotNote feed={feed} spec={spec} area={area} emptyReason={emptyReason} />
          <Surface {...shared} area={area} name={small ? null : name} />
          {!small && <EventMarks feed={feed} area={area} clusters={clusters} />}
          {!small && <Readout {...shared} area={area} />}
        </>
      )}
    </div>
  );
}

/** The latest value of each line as text, for screen readers. */
function LatestValues({ feed, spec, top }: { feed: Feed; spec: PlotSpec; top: number }) {
  const paragraph = useRef<HTMLParagraphElement>(null);
  const nameOf = useLineName();
  useEffect(() => {
    let written = '';
    const write = () => {
      const { data } = feed.state();
      const values = spec.lines.flatMap((line) => {
        const column = data && latestColumn(data.series[line.metric] ?? [], data);
        return column ? [`${nameOf(line)} ${rangeText(column.min, column.max, spec.unit, top)}`] : [];
      });
      const text = values.join(', ');
      // Most ticks do not change the text, and writing it would cost a layout.
      if (paragraph.current && text !== written) paragraph.current.textContent = text;
      written = text;
    };
    write();
    return feed.onChange(write);
  }, [feed, spec, top, nameOf]);
  return <p ref={paragraph} className="visually-hidden" />;
}

function maxValue({ data }: FeedState, { lines }: PlotSpec): number {
  let largest = 0;
  for (const { metric } of lines) for (const { max } of data?.series[metric] ?? []) if (max > largest) largest = max;
  return largest;
}
