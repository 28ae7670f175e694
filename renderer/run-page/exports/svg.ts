import { colorOf, tokensText } from '../../parts/index.ts';
import { elapsedText, elapsedTicks, type Point, sizeTicks } from '../memory/curve.ts';
import type { HeatCells } from '../needle/heat-cells.ts';
import { escaped } from './escape.ts';

/** A part of a picture, and the height that it needs. */
export interface Drawing {
  svg: string;
  height: number;
}

export const PICTURE_WIDTH = 960;
const LEFT = 56;

export const textAt = (x: number, y: number, text: string, more = '') =>
  `<text x="${x}" y="${y}" ${more}>${escaped(text)}</text>`;

export function drawHeat({ lengths, depths, at }: HeatCells): Drawing {
  const row = 30;
  const width = (PICTURE_WIDTH - LEFT) / Math.max(1, lengths.length);
  const cells = depths.flatMap((depth, i) => [
    textAt(LEFT - 10, i * row + 20, String(depth), 'text-anchor="end" class="dim"'),
    ...lengths.flatMap((length, j) => {
      const cell = at(length, depth);
      if (!cell) return [];
      const x = LEFT + j * width;
      return [
        `<rect x="${x + 1}" y="${i * row + 1}" width="${width - 2}" height="${row - 2}" rx="4" fill="${colorOf(cell.score)}"/>`,
        textAt(x + width / 2, i * row + 20, cell.score.toFixed(2), 'text-anchor="middle" class="cell"'),
      ];
    }),
  ]);
  const base = depths.length * row + 18;
  const heads = lengths.map((length, j) =>
    textAt(LEFT + (j + 0.5) * width, base, tokensText(length), 'text-anchor="middle" class="dim"'),
  );
  return { svg: [...cells, ...heads].join(''), height: base + 12 };
}

/** What each line of the curve is called. */
export type CurveNames = Record<'ours' | 'used' | 'limit' | 'predicted', string>;

/** Our memory in GiB over the time of a run; `predicted` in MiB. */
export function drawCurve(
  points: readonly Point[],
  { from, to }: { from: number; to: number },
  predicted: number | null,
  names: CurveNames,
): Drawing {
  const height = 180;
  const top =
    Math.max(1, predicted ?? 0, ...points.flatMap(({ ours, used, limit }) => [ours ?? 0, used ?? 0, limit ?? 0])) *
    1.06;
  const x = (time: number) => LEFT + ((PICTURE_WIDTH - LEFT) * (time - from)) / Math.max(1, to - from);
  const y = (mib: number) => height * (1 - mib / top);
  const line = (name: 'ours' | 'used' | 'limit') => {
    let open = false;
    return points
      .map((point) => {
        const value = point[name];
        const step = value === null ? '' : `${open ? 'L' : 'M'}${x(point.time).toFixed(1)} ${y(value).toFixed(1)}`;
        open = value !== null;
        return step;
      })
      .join('');
  };
  const ticks = elapsedTicks(to - from).map((ms) =>
    textAt(x(from + ms), height + 18, elapsedText(ms), 'class="dim" text-anchor="middle"'),
  );
  const grid = sizeTicks(top).map((mib) =>
    textAt(LEFT - 10, y(mib) + 4, String(Number((mib / 1024).toFixed(2))), 'text-anchor="end" class="dim"'),
  );
  const svg = [
    `<path d="M${LEFT} 0V${height}H${PICTURE_WIDTH}" class="axis"/>`,
    `<path d="${line('used')}" class="used"/>`,
    `<path d="${line('ours')}" class="ours"/>`,
    `<path d="${line('limit')}" class="limit"/>`,
    predicted === null ? '' : `<path d="M${LEFT} ${y(predicted).toFixed(1)}H${PICTURE_WIDTH}" class="predicted"/>`,
    ...ticks,
    ...grid,
    legend(names, predicted !== null, height + 44),
  ];
  return { svg: svg.join(''), height: height + 54 };
}

/** Each line with its name; characters of Chinese are wider than those of Latin letters. */
function legend(names: CurveNames, isPredicted: boolean, y: number): string {
  let x = LEFT;
  const shown = (Object.keys(names) as (keyof CurveNames)[]).filter((name) => isPredicted || name !== 'predicted');
  return shown
    .map((name) => {
      const at = x;
      x += 56 + [...names[name]].reduce((sum, letter) => sum + (letter > '\u2e80' ? 13 : 7.5), 0);
      return `<path d="M${at} ${y - 4}h24" class="${name}"/>${textAt(at + 30, y, names[name], 'class="dim"')}`;
    })
    .join('');
}

/** Light, whatever the theme: a picture goes into a document. */
const STYLE = `text{font:13px system-ui,sans-serif;fill:#161b22}.dim{fill:#54606e}.cell{fill:#10151b}.title{font-size:20px;font-weight:600}
path{fill:none}.axis{stroke:#d5dbe3}.ours{stroke:#2f66d0;stroke-width:2}.used{stroke:#54606e}.limit{stroke:#161b22;stroke-dasharray:6 4}.predicted{stroke:#0b7d50;stroke-dasharray:2 3}`;

/** Puts drawings below one another. */
export function stacked(drawings: readonly Drawing[], padding = 24): { svg: string; width: number; height: number } {
  let y = padding;
  const parts = drawings.map(({ svg, height }) => {
    const part = `<g transform="translate(${padding} ${y})">${svg}</g>`;
    y += height + 16;
    return part;
  });
  const [width, height] = [PICTURE_WIDTH + 2 * padding, y + padding - 16];
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"><style>${STYLE}</style><rect width="100%" height="100%" fill="#ffffff"/>${parts.join('')}</svg>`;
  return { svg, width, height };
}

/** The title and the lines below it. */
export function drawTitle(title: string, lines: readonly string[]): Drawing {
  const svg = [
    textAt(0, 20, title, 'class="title"'),
    ...lines.map((line, i) => textAt(0, 44 + i * 20, line, 'class="dim"')),
  ];
  return { svg: svg.join(''), height: 36 + lines.length * 20 };
}
