import { size } from '../../parts/index.ts';

export type Unit = 'MiB' | '%' | '°C' | 'W' | 'MHz';

const GIB = 1024;

/** The end of a scale that starts at 0: a round number that holds `most`, in four even steps; 100 for nothing at all. */
export function roundTop(most: number): number {
  if (!(most > 0)) return 100;
  const tenth = 10 ** Math.floor(Math.log10(most));
  const share = [1, 1.2, 1.6, 2, 2.4, 3.2, 4, 6, 8, 10].find((one) => one * tenth >= most) ?? 10;
  return share * tenth;
}

/** Of memory: what a person halves and doubles, in GiB (MiB on the smallest cards). */
const sizes = [0.25, 0.5, 1, 1.5, 2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 24, 32, 40, 48, 64, 96, 128, 192, 256, 384, 512];
/** A card of 24 GiB has a few MiB less: its topmost line is still at 24. */
const NEARLY = 1.01;

/** Where the grid's lines are, from 0 up: round figures, also where the scale ends at a card's odd size. */
export function gridValues(top: number, unit: Unit, parts: number): number[] {
  if (unit !== 'MiB') return Array.from({ length: parts + 1 }, (_, i) => (top * i) / parts);
  const whole = top < GIB ? 1 : GIB;
  const step = (sizes.find((one) => one * whole * parts * NEARLY >= top) ?? top / parts / whole) * whole;
  const lines = Math.floor((top * NEARLY) / step);
  return Array.from({ length: lines + 1 }, (_, i) => Math.min(top, i * step));
}

/** What stands beside a grid line: without its unit, memory in GiB where the card has that much. */
export function axisText(value: number, unit: Unit, top: number): string {
  // Five digits have no room.
  if (unit !== 'MiB' && top >= 10_000) return value === 0 ? '0' : `${value / 1_000}k`;
  if (unit !== 'MiB' || top < GIB) return String(Math.round(value));
  const size = value / GIB;
  return size.toFixed(top < 8 * GIB && Math.abs(size - Math.round(size)) > 0.05 ? 1 : 0);
}

const number = (value: number, unit: Unit, top: number) =>
  unit === 'MiB' ? size(value, top).text : value.toFixed(unit === 'W' && value < 10 ? 1 : 0);

export const unitText = (unit: Unit, top: number) => (unit === 'MiB' ? size(0, top).unit : unit);

/** The least and the most of a column; one figure where they read alike. `top`: the scale's end, for the size of unit. */
export function spreadText(min: number, max: number, unit: Unit, top: number): string {
  const [low, high] = [number(min, unit, top), number(max, unit, top)];
  return `${low === high ? high : `${low}–${high}`} ${unitText(unit, top)}`;
}
