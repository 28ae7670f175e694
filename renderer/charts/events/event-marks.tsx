import { Popover } from '@mantine/core';
import type { TFunction } from 'i18next';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useMoments } from '../../parts/index.ts';
import type { Feed } from '../feed/feed.ts';
import { type Range, useRange } from '../feed/range.ts';
import { drawnSpan } from '../plot/lines.tsx';
import { type Area, type Cluster, leading, lettersOf, rowsFor } from './clusters.ts';
import { EventList } from './event-list.tsx';

const ROW_PX = 14;

interface EventMarksProps {
  feed: Feed;
  area: Area;
  clusters: readonly Cluster[];
}

/** What happened, each a button with a word, so that colour alone says nothing; several at one place are a number. */
export function EventMarks({ feed, area, clusters }: EventMarksProps) {
  const { t } = useTranslation();
  const moments = useMoments();
  const range = useRange((state) => state.range);
  const layer = useRef<HTMLDivElement>(null);
  const [opened, setOpened] = useState<{ cluster: Cluster; mark: HTMLElement } | null>(null);

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new mark is a new element that wants its place at once.
  useEffect(() => {
    const place = () => placeMarks(layer.current, feed, range, area);
    place();
    return feed.onChange(place);
  }, [feed, range, area, clusters]);

  const word = (cluster: Cluster) =>
    cluster.events.length > 1 ? String(cluster.events.length) : t(`charts.event.${cluster.events[0]?.kind}`);
  const close = () => {
    opened?.mark.focus();
    setOpened(null);
  };
  return (
    <>
      <div ref={layer} className="marks" style={{ top: area.y, left: area.x }}>
        {clusters.map((cluster) => (
          <button
            key={cluster.time}
            type="button"
            className={`mark kind event-${leading(cluster)}`}
            data-time={cluster.time}
            data-word={word(cluster)}
            aria-haspopup="dialog"
            aria-label={t('charts.mark', { what: wordsOf(cluster, t), time: moments.full(cluster.time) })}
            onClick={(event) => setOpened({ cluster, mark: event.currentTarget })}
          />
        ))}
      </div>
      {/* Its target is a place, not the button: it has no role of its own. */}
      {opened && (
        <Popover
          opened
          withRoles={false}
          onChange={(still) => !still && close()}
          width={320}
          shadow="md"
          trapFocus
          closeOnEscape
          position="bottom"
          withArrow
        >
          <Popover.Target>
            <span className="mark-anchor" style={anchorOf(opened.mark, area)} />
          </Popover.Target>
          <Popover.Dropdown role="dialog" aria-label={t('charts.events')}>
            <EventList events={opened.cluster.events} onClose={close} />
          </Popover.Dropdown>
        </Popover>
      )}
    </>
  );
}

const wordsOf = ({ events }: Cluster, t: TFunction) =>
  events.length > 1 ? t('charts.several', { count: events.length }) : t(`charts.event.${events[0]?.kind}`);

const anchorOf = (mark: HTMLElement, area: Area) => ({
  left: area.x + Number(mark.dataset.at ?? 0),
  top: area.y + mark.offsetTop + ROW_PX,
});

/** Puts each mark at its time. Drawn with every tick, so it touches attributes only. */
function placeMarks(layer: HTMLElement | null, feed: Feed, range: Range, area: Area): void {
  const span = drawnSpan(range, feed.state().shown);
  if (!layer || !span) return;
  const marks = [...layer.children] as HTMLElement[];
  const at = marks.map((mark) => (area.width * (Number(mark.dataset.time) - span.from)) / (span.to - span.from));
  const inside = marks.map((_, i) => (at[i] ?? -1) >= 0 && (at[i] ?? 0) <= area.width);
  const words = marks.map((mark, i) => ({
    at: at[i] ?? 0,
    letters: inside[i] ? lettersOf(mark.dataset.word ?? '') : 0,
  }));
  const rows = rowsFor(words, { x: 0, width: area.width });
  marks.forEach((mark, i) => {
    const { row, left } = rows[i] ?? { row: null, left: false };
    mark.hidden = !inside[i];
    mark.dataset.at = String(at[i]);
    // Without room for its word it is a dot, which is still a button.
    mark.textContent = row === null ? '•' : (mark.dataset.word ?? '');
    mark.style.transform = `translate(${(at[i] ?? 0).toFixed(1)}px, ${(row ?? 0) * ROW_PX}px)${left ? ' translateX(-100%)' : ''}`;
  });
}
