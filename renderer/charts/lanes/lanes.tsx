import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { Feed, FeedState } from '../feed/feed.ts';
import { type Span, useRange, visibleSpan } from '../feed/range.ts';
import { useFeedState } from '../feed/use-feed.ts';
import { type Lane, type LaneName, lanesOf } from './lane-spans.ts';
import './lanes.css';

/**
 * Throttle reasons and error states over time, one lane each. `all` includes reasons that do not slow the GPU, such as idle.
 * React renders only when the set of lanes changes; ticks move the blocks through refs.
 */
export function Lanes({ feed, all }: { feed: Feed; all: boolean }) {
  const { t, i18n } = useTranslation();
  const range = useRange((state) => state.range);
  const list = useRef<HTMLUListElement>(null);
  // A string, so that equal lanes of the next tick do not re-render.
  const drawn = useFeedState(feed, (state) => {
    const lanes = lanesIn(state, all);
    return lanes?.map(({ name, severity }) => `${name} ${severity}`).join() ?? null;
  });

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new lane's element needs its blocks at once.
  useEffect(() => {
    const draw = () => {
      const state = feed.state();
      const span = visibleSpan(range, state.data);
      lanesIn(state, all)?.forEach(({ blocks }, i) => {
        drawLane(list.current?.children[i], blocks, span);
      });
    };
    draw();
    return feed.onChange(draw);
  }, [feed, all, range, drawn, i18n.language]);

  if (drawn === null) return null;
  if (drawn === '') return all ? <p className="dim small lanes-empty">{t('charts.noLanes')}</p> : null;
  return (
    <ul ref={list} className="lanes" aria-label={t('charts.lanes')}>
      {drawn.split(',').map((lane) => {
        const [name = '', severity = ''] = lane.split(' ');
        return <LaneRow key={name} name={name as LaneName} severity={severity as Lane['severity']} />;
      })}
    </ul>
  );
}

/** Rendering and drawing share one computation per data object. */
const cache = new WeakMap<object, Lane[]>();

function lanesIn({ data }: FeedState, all: boolean): Lane[] | null {
  if (!data) return null;
  const lanes = cache.get(data) ?? lanesOf(data);
  cache.set(data, lanes);
  return lanes.filter(({ severity }) => all || severity !== 'normal');
}

function LaneRow({ name, severity }: Pick<Lane, 'name' | 'severity'>) {
  const { t } = useTranslation();
  const key = severity === 'failed' ? `telemetry.stateLane.${name}` : `telemetry.throttle.${name}`;
  const about = t(`${key}.about`);
  return (
    <li className={`lane ${severity}`} title={about}>
      <span className="lane-name">{t(`${key}.name`)}</span>
      <svg viewBox={`0 0 ${UNITS} 1`} preserveAspectRatio="none" aria-hidden>
        <path />
        <path fillOpacity={0.55} />
      </svg>
      <span className="visually-hidden">{about}</span>
    </li>
  );
}

/** The first path has the blocks that always apply, the second those that sometimes do. */
function drawLane(row: Element | undefined, blocks: Lane['blocks'], span: Span | null): void {
  if (!row || !span) return;
  const [always, sometimes] = row.querySelectorAll('path');
  const pathOf = (wanted: boolean) =>
    blockPath(
      blocks.filter((block) => block.always === wanted),
      span,
    );
  always?.setAttribute('d', pathOf(true));
  sometimes?.setAttribute('d', pathOf(false));
}

/** The width of a lane in its own units. */
const UNITS = 1_000;
/** Keeps a short block visible. */
const MIN_WIDTH = 1.5;

function blockPath(blocks: Lane['blocks'], { from, to }: Span): string {
  const at = (time: number) => UNITS * Math.min(1, Math.max(0, (time - from) / (to - from)));
  return blocks
    .map((block) => {
      const width = Math.max(MIN_WIDTH, at(block.to) - at(block.from)).toFixed(1);
      return `M${at(block.from).toFixed(1)} 0h${width}V1h-${width}z`;
    })
    .join('');
}
