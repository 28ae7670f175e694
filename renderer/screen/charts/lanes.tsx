import { useMemo, useSyncExternalStore } from 'react';
import { useTranslation } from 'react-i18next';
import type { Feed } from '../../live/feed.ts';
import { type Lane, lanesOf } from '../../live/lanes.ts';
import { now } from '../../live/now.ts';
import { type Span, useRange } from '../../live/range.ts';
import { momentText } from '../../live/time-axis.ts';
import { drawnSpan } from './lines.tsx';

/**
 * What held the GPU back, and when it gave no figures: one lane for each that occurred. `calm` also shows those that take
 * no speed, such as being idle.
 */
export function Lanes({ feed, calm }: { feed: Feed; calm: boolean }) {
  const { t } = useTranslation();
  const shown = useSyncExternalStore(feed.onChange, () => feed.state().shown);
  const lanes = useMemo(() => (shown ? lanesOf(shown) : []), [shown]);
  const range = useRange((state) => state.range);
  const span = drawnSpan(range, shown);
  const drawn = lanes.filter((lane) => calm || lane.look !== 'calm');
  if (!span) return null;
  if (drawn.length === 0) return calm ? <p className="dim small lanes-none">{t('charts.noLanes')}</p> : null;
  return (
    <ul className="lanes" aria-label={t('charts.lanes')}>
      {drawn.map((lane) => (
        <LaneRow key={lane.name} lane={lane} {...span} />
      ))}
    </ul>
  );
}

function LaneRow({ lane: { name, look, blocks }, from, to }: { lane: Lane } & Span) {
  const { t, i18n } = useTranslation();
  const moment = (time: number) => momentText(time, to - from, i18n.language, now());
  const [first, last] = [blocks[0], blocks.at(-1)];
  const about = t(`charts.laneAbout.${name}`);
  const path = (whole: boolean) =>
    blockPath(
      blocks.filter((block) => block.whole === whole),
      { from, to },
    );
  return (
    <li className={`lane ${look}`} title={about}>
      <span className="lane-word">{t(`charts.lane.${name}`)}</span>
      <svg viewBox={`0 0 ${UNITS} 1`} preserveAspectRatio="none" aria-hidden>
        <path d={path(true)} />
        <path d={path(false)} fillOpacity={0.55} />
      </svg>
      <span className="visually-hidden">
        {first && last && t('charts.laneSpan', { about, from: moment(first.from), to: moment(last.to) })}
      </span>
    </li>
  );
}

/** Of a lane's width. */
const UNITS = 1_000;
/** What is shorter than a pixel is still to be seen. */
const LEAST = 1.5;

function blockPath(blocks: Lane['blocks'], { from, to }: Span): string {
  const at = (time: number) => UNITS * Math.min(1, Math.max(0, (time - from) / (to - from)));
  return blocks
    .map((block) => {
      const width = Math.max(LEAST, at(block.to) - at(block.from)).toFixed(1);
      return `M${at(block.from).toFixed(1)} 0h${width}V1h-${width}z`;
    })
    .join('');
}
