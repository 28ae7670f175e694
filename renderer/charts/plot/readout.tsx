import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { now } from '../../parts/index.ts';
import type { Area } from '../area.ts';
import type { Feed } from '../feed/feed.ts';
import { useRange, visibleSpan } from '../feed/range.ts';
import { columnAt } from '../feed/series.ts';
import { useLineName } from '../line-name.ts';
import type { PlotSpec } from '../plots.ts';
import { cursor } from './cursor.ts';
import { timeText } from './time-ticks.ts';
import { rangeText } from './value-axis.ts';

interface ReadoutProps {
  feed: Feed;
  spec: PlotSpec;
  area: Area;
  top: number;
}

/** Next to the cursor: the time, and each line's minimum and maximum there. Updated in place, without React. */
export function Readout({ feed, spec, area, top }: ReadoutProps) {
  const { i18n } = useTranslation();
  const range = useRange((state) => state.range);
  const nameOf = useLineName();
  const box = useRef<HTMLDivElement>(null);

  useEffect(() => {
    const update = () => {
      const [time, { data }] = [cursor.time(), feed.state()];
      const span = visibleSpan(range, data);
      const outside = time === null || !span || !data || time < span.from || time > span.to;
      box.current?.toggleAttribute('hidden', outside);
      if (outside || !box.current) return;
      moveTo(box.current, (time - span.from) / (span.to - span.from), area);
      const [timeElement, ...rows] = box.current.children;
      if (timeElement) timeElement.textContent = timeText(time, span.to - span.from, i18n.language, now());
      topmostFirst(spec).forEach(({ metric }, i) => {
        const column = columnAt(data.series[metric] ?? [], time, data);
        const value = rows[i]?.lastElementChild;
        rows[i]?.toggleAttribute('hidden', !column);
        if (value && column) value.textContent = rangeText(column.min, column.max, spec.unit, top);
      });
    };
    update();
    const unsubscribes = [cursor.onChange(update), feed.onChange(() => cursor.time() !== null && update())];
    return () => {
      for (const unsubscribe of unsubscribes) unsubscribe();
    };
  }, [feed, spec, area, top, range, i18n.language]);

  return (
    <div ref={box} className="readout" hidden style={{ top: area.y }}>
      <span className="dim" />
      {topmostFirst(spec).map((line) => (
        <span key={line.metric} className="readout-row">
          <i style={{ background: line.colour }} />
          <span className="dim">{nameOf(line)}</span>
          <b />
        </span>
      ))}
    </div>
  );
}

/** `at` is a share of the area's width; the box goes to the side with more room. */
function moveTo(box: HTMLElement, at: number, area: Area): void {
  const left = (area.x + at * area.width).toFixed(0);
  const shift = at > 0.5 ? 'calc(-100% - 8px)' : '8px';
  box.style.transform = `translate(${left}px, 0) translateX(${shift})`;
}

const topmostFirst = ({ lines }: PlotSpec) => [...lines].reverse();
