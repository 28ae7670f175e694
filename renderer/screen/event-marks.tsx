import type { Ref } from 'react';
import { useTranslation } from 'react-i18next';
import type { TimelineEvent } from '#contract';

const colours: Record<TimelineEvent['kind'], string> = {
  starting: 'var(--dim)',
  ready: 'var(--mint)',
  model_loaded: 'var(--weights)',
  model_released: 'var(--weights)',
  alert: 'var(--amber)',
  xid: 'var(--red)',
  telemetry_lost: 'var(--red)',
  telemetry_back: 'var(--mint)',
  stopped: 'var(--dim)',
  crashed: 'var(--red)',
  applied: 'var(--amber)',
  cleared: 'var(--mint)',
  run_started: 'var(--weights)',
  run_ended: 'var(--weights)',
  out_of_memory: 'var(--red)',
};

/** What happened, each a line with a word, so that colour alone says nothing. placeMarks moves them with time. */
export function EventMarks({ ref, events }: { ref: Ref<SVGGElement>; events: readonly TimelineEvent[] }) {
  const { t } = useTranslation();
  return (
    <g ref={ref}>
      {events.map((event) => (
        <g key={`${event.time}${event.kind}`} data-time={event.time}>
          <line stroke={colours[event.kind]} strokeOpacity={0.7} />
          <text className="event-word" style={{ fill: colours[event.kind] }}>
            {t(`chart.event.${event.kind}`)}
          </text>
          <title>{event.text}</title>
        </g>
      ))}
    </g>
  );
}

export interface Area {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** Puts each mark at its time. Drawn with every tick, so it touches attributes only. */
export function placeMarks(group: SVGGElement | null, x: (time: number) => number, area: Area): void {
  const marks = [...(group?.children ?? [])];
  const words = marks.map((mark) => mark.querySelector('text'));
  const at = marks.map((mark) => x(Number(mark.getAttribute('data-time'))));
  const rows = rowsFor(
    at.map((place, i) => ({ at: place, letters: lettersOf(words[i]?.textContent ?? '') })),
    area,
  );
  marks.forEach((mark, i) => {
    const [place = 0, word, row] = [at[i], words[i], rows[i]];
    mark.setAttribute('visibility', place < area.x ? 'hidden' : 'visible');
    mark.setAttribute('transform', `translate(${place.toFixed(1)} 0)`);
    const line = mark.querySelector('line');
    line?.setAttribute('y1', String(area.y));
    line?.setAttribute('y2', String(area.y + area.height));
    if (!word || !row) return;
    word.setAttribute('visibility', row.row === null || place < area.x ? 'hidden' : 'visible');
    word.setAttribute('x', row.left ? '-4' : '4');
    word.setAttribute('text-anchor', row.left ? 'end' : 'start');
    word.setAttribute('y', String(area.y + 10 + (row.row ?? 0) * ROW_PX));
  });
}

const ROWS = 3;
const ROW_PX = 13;
const LETTER_PX = 6.4;

/** How many Latin letters a word is as wide as: a Chinese character is nearly two. */
export const lettersOf = (word: string) => word.length + (word.match(/\p{Script=Han}/gu)?.length ?? 0);

/**
 * In which row each word stands so that none lies over another, and whether it stands to the left of its line (at the
 * right edge). Null: there is no room, the line and its tooltip have to do. The newest choose first.
 */
export function rowsFor(marks: readonly { at: number; letters: number }[], area: Pick<Area, 'x' | 'width'>) {
  const taken: [number, number][][] = Array.from({ length: ROWS }, () => []);
  const right = area.x + area.width;
  const choose = ({ at, letters }: { at: number; letters: number }) => {
    const width = letters * LETTER_PX + 8;
    const left = at + width > right;
    const [from, to] = left ? [at - width, at] : [at, at + width];
    const row = at < area.x ? -1 : taken.findIndex((spans) => spans.every(([a, b]) => to <= a || from >= b));
    taken[row]?.push([from, to]);
    return { row: row === -1 ? null : row, left, from, to };
  };
  return [...marks].reverse().map(choose).reverse();
}
