import type { Column } from '../feed/series.ts';

interface Scale {
  x(time: number): number;
  y(value: number): number;
  /** Lines break at longer gaps, in milliseconds. */
  gapMs: number;
}

/** Splits columns into pieces without gaps. */
export function splitAtGaps(columns: readonly Column[], gapMs: number): Column[][] {
  const pieces: Column[][] = [];
  for (const column of columns) {
    const piece = pieces.at(-1);
    const last = piece?.at(-1);
    if (piece && last && column.time - last.time <= gapMs) piece.push(column);
    else pieces.push([column]);
  }
  return pieces;
}

interface Paths {
  /** From the minimum to the maximum of each column, so that a spike stays visible at every zoom. */
  band: string;
  /** Through the means; a single column is a dash of one pixel. */
  line: string;
  /** The area between the line and the base. */
  fill: string;
}

/** The SVG path of a value that holds until the next one: horizontal and vertical lines only. */
export function stepsOf(columns: readonly Column[], { x, y, gapMs }: Scale): string {
  let path = '';
  for (const piece of splitAtGaps(columns, gapMs)) {
    let last: number | null = null;
    for (const { time, max } of piece) {
      if (last === null) path += `M${x(time).toFixed(1)} ${y(max).toFixed(1)}`;
      else if (max !== last) path += `H${x(time).toFixed(1)}V${y(max).toFixed(1)}`;
      last = max;
    }
    path += piece.length === 1 ? 'h1' : `H${x(piece.at(-1)?.time ?? 0).toFixed(1)}`;
  }
  return path;
}

/**
 * The SVG paths of a series. Runs on each tick for every chart, and formatting numbers dominates its cost, so equal values
 * are formatted once.
 */
export function pathsOf(columns: readonly Column[], { x, y, gapMs }: Scale, base: number): Paths {
  const paths: Paths = { band: '', line: '', fill: '' };
  for (const piece of splitAtGaps(columns, gapMs)) {
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
    paths.band += `M${high.join('L')}L${low.reverse().join('L')}Z`;
    paths.line += piece.length === 1 ? `M${line}h1` : `M${line}`;
    paths.fill += `M${at[0]} ${base}L${line}L${at.at(-1)} ${base}Z`;
  }
  return paths;
}
