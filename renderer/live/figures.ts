import { size } from './units.ts';

export type Unit = 'MiB' | '%' | '°C' | 'W' | 'MHz';

const GIB = 1024;

/** The end of a scale that starts at 0: a round number that holds `most`, in four even steps. */
export function roundTop(most: number): number {
  if (!(most > 0)) return 1;
  const tenth = 10 ** Math.floor(Math.log10(most));
  const share = [1, 1.2, 1.6, 2, 2.4, 3.2, 4, 6, 8, 10].find((one) => one * tenth >= most) ?? 10;
  return share * tenth;
}

/** What stands beside a grid line: without its unit, memory in GiB where the card has that much. */
export function axisText(value: number, unit: Unit, top: number): string {
  if (unit !== 'MiB' || top < GIB) return String(Math.round(value));
  return (value / GIB).toFixed(top < 8 * GIB && value % GIB !== 0 ? 1 : 0);
}

const number = (value: number, unit: Unit, top: number) =>
  unit === 'MiB' ? size(value, top).text : value.toFixed(unit === 'W' && value < 10 ? 1 : 0);

export const unitText = (unit: Unit, top: number) => (unit === 'MiB' ? size(0, top).unit : unit);

/** The least and the most of a column; one figure where they read alike. `top`: the scale's end, for the size of unit. */
export function spreadText(min: number, max: number, unit: Unit, top: number): string {
  const [low, high] = [number(min, unit, top), number(max, unit, top)];
  return `${low === high ? high : `${low}–${high}`} ${unitText(unit, top)}`;
}
