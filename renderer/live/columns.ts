export interface Point {
  /** Pixels from the left. */
  x: number;
  value: number;
}

export interface Column {
  x: number;
  min: number;
  max: number;
  last: number;
}

/** Minimum and maximum per pixel column: what draws costs by pixels, and no one-sample spike is lost. */
export function columns(points: readonly Point[], width = 1): Column[] {
  const made: Column[] = [];
  for (const { x, value } of points) {
    const place = Math.floor(x / width) * width;
    const last = made.at(-1);
    if (last && last.x === place) {
      last.min = Math.min(last.min, value);
      last.max = Math.max(last.max, value);
      last.last = value;
    } else made.push({ x: place, min: value, max: value, last: value });
  }
  return made;
}

/** An SVG path through the columns; `y` turns a value into pixels. Starts anew where `gap` pixels hold nothing. */
export function linePath(made: readonly Column[], y: (value: number) => number, gap: number): string {
  return made
    .map((column, i) => {
      const before = made[i - 1];
      const word = !before || column.x - before.x > gap ? 'M' : 'L';
      const spike =
        column.min === column.max
          ? ''
          : `L${column.x} ${y(column.min).toFixed(1)}L${column.x} ${y(column.last).toFixed(1)}`;
      return `${word}${column.x} ${y(column.max).toFixed(1)}${spike}`;
    })
    .join('');
}

/** The same as an area down to `base`, one closed piece per stretch without a gap. */
export function areaPath(made: readonly Column[], y: (value: number) => number, base: number, gap: number): string {
  const pieces: Column[][] = [];
  for (const column of made) {
    const piece = pieces.at(-1);
    const last = piece?.at(-1);
    if (piece && last && column.x - last.x <= gap) piece.push(column);
    else pieces.push([column]);
  }
  return pieces
    .map((piece) => {
      const [first, last] = [piece[0], piece.at(-1)];
      if (!first || !last) return '';
      const top = piece.map((column) => `L${column.x} ${y(column.max).toFixed(1)}`).join('');
      return `M${first.x} ${base}${top}L${last.x} ${base}Z`;
    })
    .join('');
}
