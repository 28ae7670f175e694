import { gpuStates, slows, type ThrottleReason, throttleBits, throttleReasons } from '#contract';
import type { ChartData, Column } from '../feed/series.ts';
import { splitAtGaps } from '../plot/paths.ts';

export type LaneName = ThrottleReason | Exclude<(typeof gpuStates)[number], 'ok'>;

export interface Lane {
  name: LaneName;
  /** `throttled` slows the GPU, `normal` does not, `failed`: the GPU reports no values. */
  severity: 'throttled' | 'normal' | 'failed';
  /** In Unix milliseconds; `always`: in every sample of the block, not only in some. */
  blocks: { from: number; to: number; always: boolean }[];
}

/** One lane for each error state and throttle reason that occurred, the most severe on top. */
export function lanesOf(data: ChartData): Lane[] {
  const states = data.series.state ?? [];
  const masks = data.series.throttle ?? [];
  // Most never occur and can be skipped.
  const worst = states.reduce((most, { max }) => Math.max(most, max), 0);
  const ever = masks.reduce((bits, { max }) => bits | max, 0);
  const failed = gpuStates.slice(1, worst + 1).map((name, i): Lane => {
    const at = i + 1;
    return {
      name: name as LaneName,
      severity: 'failed',
      blocks: blocksOf(states, data, (column) => matchState(column, at)),
    };
  });
  const throttled = throttleReasons(ever).map((name): Lane => {
    const bit = throttleBits[name];
    const blocks = blocksOf(masks, data, ({ min, max }) => ((max & bit) === 0 ? null : (min & bit) !== 0));
    return { name, severity: slows.includes(name) ? 'throttled' : 'normal', blocks };
  });
  const order = { failed: 0, throttled: 1, normal: 2 };
  return [...failed, ...throttled]
    .filter((lane) => lane.blocks.length > 0)
    .sort((a, b) => order[a.severity] - order[b.severity]);
}

/** A column has only the lowest and highest state of its samples. */
const matchState = ({ min, max }: Column, at: number) => (min === at || max === at ? min === max : null);

/** Joins equal neighbours into blocks. `test`: whether all samples of a column match, null if none does. */
function blocksOf(
  columns: readonly Column[],
  data: ChartData,
  test: (column: Column) => boolean | null,
): Lane['blocks'] {
  const blocks: Lane['blocks'] = [];
  const half = data.columnMs / 2;
  for (const piece of splitAtGaps(columns, data.gapMs)) {
    let open = false;
    for (const column of piece) {
      const always = test(column);
      const from = column.time - half;
      const last: Lane['blocks'][number] | undefined = open ? blocks.at(-1) : undefined;
      // A block lasts until the next sample, which may be several columns later.
      if (last) last.to = Math.max(last.to, from);
      if (always !== null && last?.always === always) last.to = column.time + half;
      else if (always !== null) blocks.push({ from, to: column.time + half, always });
      open = always !== null;
    }
  }
  return blocks;
}
