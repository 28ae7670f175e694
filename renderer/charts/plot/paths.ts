import type { Column } from '../feed/series.ts';

export interface Scale {
  x(time: number): number;
  y(value: number): number;
  /** Lines break where nothing is for longer, in milliseconds. */
  gapMs: number;
}

/** The pieces without a gap. */
export function stretches(columns: readonly Column[], gapMs: number): Column[][] {
  const pieces: Column[][] = [];
  for (const column of columns) {
    const piece = pieces.at(-1);
    const last = piece?.at(-1);
    if (piece && last && column.time - last.time <= gapMs) piece.push(column);
    else pieces.push([column]);
  }
  return pieces;
}

export interface Paths {
  /** From the least to the most of each column: a spike of one sample is in it at every zoom. */
  band: string;
  /** Through the means. A column that stands alone is a dash of a pixel, else it could not be seen. */
  line: string;
  /** The line as an area down to the base. */
  fill: string;
}

/**
 * What a series is drawn with. With each tick for every chart, and turning numbers into text is what it costs: each number
 * once, and equal ones together.
 */
export function pathsOf(columns: readonly Column[], { x, y, gapMs }: Scale, base: number): Paths {
  const made: Paths = { band: '', line: '', fill: '' };
  for (const piece of stretches(columns, gapMs)) {
    const at = piece.map(({ time }) => x(time).toFixed(1));
    const high: string[] = [];
    const low: string[] = [];
    const middle: string[] = [];
    piece.forEach(({ min, max, mean }, i) => {
      const top = `${at[i]} ${y(max).toFixed(1)}`;
      high.push(top);
      low.push(min === max ? top : `${at[i]} ${y(min).toFixed(1)}`);
      middle.push(min === max ? top : `${at[i]} ${y(mean).toFixed(1)}`);
    });
    const line = middle.join('L');
    made.band += `M${high.join('L')}L${low.reverse().join('L')}Z`;
    made.line += piece.length === 1 ? `M${line}h1` : `M${line}`;
    made.fill += `M${at[0]} ${base}L${line}L${at.at(-1)} ${base}Z`;
  }
  return made;
}
