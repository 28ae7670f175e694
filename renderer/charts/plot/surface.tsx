import { useId, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { now } from '../../parts/index.ts';
import type { Area } from '../area.ts';
import type { Feed } from '../feed/feed.ts';
import { spanAt, useRange, visibleSpan } from '../feed/range.ts';
import type { PlotSpec } from '../plots.ts';
import { cursor } from './cursor.ts';
import { useDrag } from './use-drag.ts';
import { useKeys } from './use-keys.ts';

interface SurfaceProps {
  feed: Feed;
  spec: PlotSpec;
  area: Area;
  top: number;
  /** Of the chart; null if it takes no keys, as a small plot below a large one. */
  name: string | null;
}

/** Takes the pointer and the keys: cursor, zoom and pan. */
export function Surface(props: SurfaceProps) {
  const { feed, area, name } = props;
  const selection = useRef<HTMLDivElement>(null);
  const currentSpan = () => {
    const { range } = useRange.getState();
    return visibleSpan(range, feed.state().data) ?? spanAt(range, now());
  };
  const handlers = useDrag(area, currentSpan, selection);
  const style = { left: area.x, top: area.y, width: area.width, height: area.height };
  return (
    <>
      <div className="surface" style={style} {...handlers}>
        <div ref={selection} className="selection" />
      </div>
      {name !== null && <KeySurface {...props} name={name} style={style} currentSpan={currentSpan} />}
    </>
  );
}

/** Behind the pointer's surface: it takes the focus and shows it. */
function KeySurface(
  props: SurfaceProps & { name: string; style: object; currentSpan: Parameters<typeof useKeys>[0]['currentSpan'] },
) {
  const { t } = useTranslation();
  const help = useId();
  const { announced, onKeyDown } = useKeys(props);
  return (
    <>
      <div
        className="key-surface"
        role="img"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: the arrow keys move the crosshair.
        tabIndex={0}
        style={props.style}
        aria-label={t('charts.crosshair', { name: props.name })}
        aria-describedby={help}
        onKeyDown={onKeyDown}
        onBlur={() => cursor.set(null)}
      />
      <span id={help} hidden>
        {t('charts.keys')}
      </span>
      <span className="visually-hidden" aria-live="polite">
        {announced}
      </span>
    </>
  );
}
