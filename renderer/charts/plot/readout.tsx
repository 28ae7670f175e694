import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { now } from '../../parts/index.ts';
import type { Area } from '../events/clusters.ts';
import type { Feed } from '../feed/feed.ts';
import { useRange } from '../feed/range.ts';
import { columnAt } from '../feed/series.ts';
import { useLineName } from '../line-name.ts';
import type { PlotSpec } from '../plots.ts';
import { cursor } from './cursor.ts';
import { spreadText } from './figures.ts';
import { drawnSpan } from './lines.tsx';
import { momentText } from './time-axis.ts';

interface ReadoutProps {
  feed: Feed;
  spec: PlotSpec;
  area: Area;
  top: number;
}

/** Beside the cursor: when, and the least and the most of each line there. Its figures change in place, through refs. */
export function Readout({ feed, spec, area, top }: ReadoutProps) {
  const { i18n } = useTranslation();
  const range = useRange((state) => state.range);
  const nameOf = useLineName();
  const box = useRef<HTMLDivElement>(null);

  useEffect(() => {
    const show = () => {
      const [time, { shown }] = [cursor.time(), feed.state()];
      const span = drawnSpan(range, shown);
      const outside = time === null || !span || !shown || time < span.from || time > span.to;
      box.current?.toggleAttribute('hidden', outside);
      if (outside || !box.current) return;
      const at = (time - span.from) / (span.to - span.from);
      const left = area.x + at * area.width;
      // On the side where there is room.
      box.current.style.transform = `translate(${left.toFixed(0)}px, 0) translateX(${at > 0.5 ? 'calc(-100% - 8px)' : '8px'})`;
      const [moment, ...rows] = box.current.children;
      if (moment) moment.textContent = momentText(time, span.to - span.from, i18n.language, now());
      topDown(spec).forEach(({ metric }, i) => {
        const column = columnAt(shown.series[metric] ?? [], time, shown);
        const place = rows[i]?.lastElementChild;
        rows[i]?.toggleAttribute('hidden', !column);
        if (place && column) place.textContent = spreadText(column.min, column.max, spec.unit, top);
      });
    };
    show();
    const stops = [cursor.onChange(show), feed.onChange(() => cursor.time() !== null && show())];
    return () => {
      for (const stop of stops) stop();
    };
  }, [feed, spec, area, top, range, i18n.language]);

  return (
    <div ref={box} className="readout" hidden style={{ top: area.y }}>
      <span className="dim" />
      {topDown(spec).map((line) => (
        <span key={line.metric} className="readout-row">
          <i style={{ background: line.colour }} />
          <span className="dim">{nameOf(line)}</span>
          <b />
        </span>
      ))}
    </div>
  );
}

/** What is drawn last lies on top, and is named first. */
const topDown = ({ lines }: PlotSpec) => [...lines].reverse();
