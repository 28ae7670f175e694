import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { Feed, FeedState } from '../feed/feed.ts';
import { type Span, useRange } from '../feed/range.ts';
import { useFeedState } from '../feed/use-feed.ts';
import { drawnSpan } from '../plot/lines.tsx';
import { type Lane, type LaneName, lanesOf } from './lane-spans.ts';

/**
 * What held the GPU back, and when it gave no figures: one lane for each that occurred. `calm` also shows those that take
 * no speed, such as being idle. React renders when another lane comes or goes; a tick moves the blocks through refs.
 */
export function Lanes({ feed, calm }: { feed: Feed; calm: boolean }) {
  const { t, i18n } = useTranslation();
  const range = useRange((state) => state.range);
  const list = useRef<HTMLUListElement>(null);
  const drawn = useFeedState(
    feed,
    (state) =>
      drawnLanes(state, calm)
        ?.map(({ name, look }) => `${name} ${look}`)
        .join() ?? null,
  );

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new lane is a new element that wants its blocks at once.
  useEffect(() => {
    const draw = () => {
      const state = feed.state();
      drawnLanes(state, calm)?.forEach(({ blocks }, i) => {
        drawLane(list.current?.children[i], blocks, drawnSpan(range, state.shown));
      });
    };
    draw();
    return feed.onChange(draw);
  }, [feed, calm, range, drawn, i18n.language]);

  if (drawn === null) return null;
  if (drawn === '') return calm ? <p className="dim small lanes-none">{t('charts.noLanes')}</p> : null;
  return (
    <ul ref={list} className="lanes" aria-label={t('charts.lanes')}>
      {drawn.split(',').map((lane) => {
        const [name = '', look = ''] = lane.split(' ');
        return <LaneRow key={name} name={name as LaneName} look={look as Lane['look']} />;
      })}
    </ul>
  );
}

/** Asked for by who renders and by who draws: worked out once for each answer. */
const known = new WeakMap<object, Lane[]>();

function drawnLanes({ shown }: FeedState, calm: boolean): Lane[] | null {
  if (!shown) return null;
  const lanes = known.get(shown) ?? lanesOf(shown);
  known.set(shown, lanes);
  return lanes.filter(({ look }) => calm || look !== 'calm');
}

function LaneRow({ name, look }: Pick<Lane, 'name' | 'look'>) {
  const { t } = useTranslation();
  const about = t(`charts.laneAbout.${name}`);
  return (
    <li className={`lane ${look}`} title={about}>
      <span className="lane-word">{t(`charts.lane.${name}`)}</span>
      <svg viewBox={`0 0 ${UNITS} 1`} preserveAspectRatio="none" aria-hidden>
        <path />
        <path fillOpacity={0.55} />
      </svg>
      <span className="visually-hidden">{about}</span>
    </li>
  );
}

function drawLane(row: Element | undefined, blocks: Lane['blocks'], span: Span | null): void {
  if (!span) return;
  row?.querySelectorAll('path').forEach((path, i) => {
    path.setAttribute(
      'd',
      blockPath(
        blocks.filter(({ whole }) => whole === (i === 0)),
        span,
      ),
    );
  });
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
