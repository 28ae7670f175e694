import { size } from '../../parts/index.ts';

export type Unit = 'MiB' | '%' | '°C' | 'W' | 'MHz';

const GIB = 1024;

/** The end of a scale from 0 that includes `max`: a number with four round steps; 100 if `max` is not positive. */
export function roundTop(max: number): number {
  if (!(max > 0)) return 100;
  const magnitude = 10 ** Math.floor(Math.log10(max));
  const factor = [1, 1.2, 1.6, 2, 2.4, 3.2, 4, 6, 8, 10].find((step) => step * magnitude >= max) ?? 10;
  return factor * magnitude;
}

/** Steps of a memory scale, in GiB (in MiB below 1 GiB). */
const memorySteps = [
  0.25, 0.5, 1, 1.5, 2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 24, 32, 40, 48, 64, 96, 128, 192, 256, 384, 512,
];
/** A 24 GiB GPU has a few MiB less; its top line is still at 24. */
const TOLERANCE = 1.01;

/** The values of the grid lines from 0: round numbers, even if the scale ends at a GPU's odd size. */
export function gridValues(top: number, unit: Unit, parts: number): number[] {
  if (unit !== 'MiB') return Array.from({ length: parts + 1 }, (_, i) => (top * i) / parts);
  const unitMiB = top < GIB ? 1 : GIB;
  const step =
    (memorySteps.find((size) => size * unitMiB * parts * TOLERANCE >= top) ?? top / parts / unitMiB) * unitMiB;
  const lines = Math.floor((top * TOLERANCE) / step);
  return Array.from({ length: lines + 1 }, (_, i) => Math.min(top, i * step));
}

/** The label of a grid line, without its unit; memory is in GiB if the scale reaches 1 GiB. */
export function axisText(value: number, unit: Unit, top: number): string {
  // Five digits do not fit.
  if (unit !== 'MiB' && top >= 10_000) return value === 0 ? '0' : `${value / 1_000}k`;
  if (unit !== 'MiB' || top < GIB) return String(Math.round(value));
  const size = value / GIB;
  return size.toFixed(top < 8 * GIB && Math.abs(size - Math.round(size)) > 0.05 ? 1 : 0);
}

const numberText = (value: number, unit: Unit, top: number) =>
  unit === 'MiB' ? size(value, top).text : value.toFixed(unit === 'W' && value < 10 ? 1 : 0);

const unitText = (unit: Unit, top: number) => (unit === 'MiB' ? size(0, top).unit : unit);

/** The minimum and maximum of a column, or one value if they round to the same; `top` decides the unit. */
export function rangeText(min: number, max: number, unit: Unit, top: number): string {
  const [low, high] = [numberText(min, unit, top), numberText(max, unit, top)];
  return `${low === high ? high : `${low}–${high}`} ${unitText(unit, top)}`;
}
