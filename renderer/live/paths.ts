import type { Column } from './series.ts';

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

const point = (x: number, y: number) => `${x.toFixed(1)} ${y.toFixed(1)}`;

/** From the least to the most of each column: a spike of one sample is in it at every zoom. */
export function bandPath(columns: readonly Column[], { x, y, gapMs }: Scale): string {
  return stretches(columns, gapMs)
    .map((piece) => {
      const top = piece.map((column) => point(x(column.time), y(column.max)));
      const low = piece.map((column) => point(x(column.time), y(column.min))).reverse();
      return `M${top.join('L')}L${low.join('L')}Z`;
    })
    .join('');
}

/** Through the means. A column that stands alone is a dash of a pixel, else it could not be seen. */
export function linePath(columns: readonly Column[], { x, y, gapMs }: Scale): string {
  return stretches(columns, gapMs)
    .map((piece) => {
      const line = `M${piece.map((column) => point(x(column.time), y(column.mean))).join('L')}`;
      return piece.length === 1 ? `${line}h1` : line;
    })
    .join('');
}

/** The line as an area down to `base`. */
export function areaPath(columns: readonly Column[], { x, y, gapMs }: Scale, base: number): string {
  return stretches(columns, gapMs)
    .map((piece) => {
      const [first, last] = [piece[0], piece.at(-1)];
      if (!first || !last) return '';
      const top = piece.map((column) => point(x(column.time), y(column.mean))).join('L');
      return `M${point(x(first.time), base)}L${top}L${point(x(last.time), base)}Z`;
    })
    .join('');
}
