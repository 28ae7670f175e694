import { Popover } from '@mantine/core';
import type { TFunction } from 'i18next';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useTimeFormat } from '../../parts/index.ts';
import type { Area } from '../area.ts';
import type { Feed } from '../feed/feed.ts';
import { type Range, useRange, visibleSpan } from '../feed/range.ts';
import { type Cluster, labelRows, leadingKind, widthInLetters } from './clusters.ts';
import { EventList } from './event-list.tsx';
import './events.css';

const ROW_PX = 14;

interface EventMarksProps {
  feed: Feed;
  area: Area;
  clusters: readonly Cluster[];
}

/** Events as labelled buttons, so that colour is not the only cue; a cluster's label is its count. */
export function EventMarks({ feed, area, clusters }: EventMarksProps) {
  const { t } = useTranslation();
  const { full } = useTimeFormat();
  const range = useRange((state) => state.range);
  const layer = useRef<HTMLDivElement>(null);
  const [opened, setOpened] = useState<{ cluster: Cluster; mark: HTMLElement } | null>(null);

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new mark's element needs its position at once.
  useEffect(() => {
    const place = () => placeMarks(layer.current, feed, range, area);
    place();
    return feed.onChange(place);
  }, [feed, range, area, clusters]);

  const close = () => {
    opened?.mark.focus();
    setOpened(null);
  };
  return (
    <>
      <div ref={layer} className="event-marks" style={{ top: area.y, left: area.x }}>
        {clusters.map((cluster) => (
          <button
            key={cluster.time}
            type="button"
            className={`event-mark event-kind event-${leadingKind(cluster)}`}
            data-time={cluster.time}
            data-label={shortLabel(cluster, t)}
            aria-haspopup="dialog"
            aria-label={t('charts.mark', { what: fullLabel(cluster, t), time: full(cluster.time) })}
            onClick={(event) => setOpened({ cluster, mark: event.currentTarget })}
          />
        ))}
      </div>
      {opened && <Details cluster={opened.cluster} anchor={anchorOf(opened.mark, area)} onClose={close} />}
    </>
  );
}

/** The popover's target is a position instead of the button, so it has no role. */
function Details(props: { cluster: Cluster; anchor: { left: number; top: number }; onClose(): void }) {
  const { cluster, anchor, onClose } = props;
  const { t } = useTranslation();
  return (
    <Popover
      opened
      withRoles={false}
      onChange={(opened) => !opened && onClose()}
      width={320}
      shadow="md"
      trapFocus
      closeOnEscape
      position="bottom"
      withArrow
    >
      <Popover.Target>
        <span className="event-anchor" style={anchor} />
      </Popover.Target>
      <Popover.Dropdown role="dialog" aria-label={t('charts.events')}>
        <EventList events={cluster.events} onClose={onClose} />
      </Popover.Dropdown>
    </Popover>
  );
}

const shortLabel = ({ events }: Cluster, t: TFunction) =>
  events.length > 1 ? String(events.length) : t(`charts.event.${events[0]?.kind}`);

const fullLabel = ({ events }: Cluster, t: TFunction) =>
  events.length > 1 ? t('charts.several', { count: events.length }) : t(`charts.event.${events[0]?.kind}`);

const anchorOf = (mark: HTMLElement, area: Area) => ({
  left: area.x + Number(mark.dataset.at ?? 0),
  top: area.y + mark.offsetTop + ROW_PX,
});

/** Moves each mark to its time. Runs on each tick, so it only sets attributes. */
function placeMarks(layer: HTMLElement | null, feed: Feed, range: Range, area: Area): void {
  const span = visibleSpan(range, feed.state().data);
  if (!layer || !span) return;
  const marks = [...layer.children].map((element) => {
    const mark = element as HTMLElement;
    const at = (area.width * (Number(mark.dataset.time) - span.from)) / (span.to - span.from);
    const label = mark.dataset.label ?? '';
    const inside = at >= 0 && at <= area.width;
    return { mark, at, label, inside, letters: inside ? widthInLetters(label) : 0 };
  });
  const rows = labelRows(marks, { x: 0, width: area.width });
  marks.forEach(({ mark, at, label, inside }, i) => {
    const { row, left } = rows[i] ?? { row: null, left: false };
    if (mark.hidden === inside) mark.hidden = !inside;
    if (!inside) return;
    mark.dataset.at = String(at);
    // Without room for its label a mark is a dot. Writing the same text again would cost a layout.
    const text = row === null ? '•' : label;
    if (mark.textContent !== text) mark.textContent = text;
    const shift = left ? ' translateX(-100%)' : '';
    mark.style.transform = `translate(${at.toFixed(1)}px, ${(row ?? 0) * ROW_PX}px)${shift}`;
  });
}
