import { gpuStates, slows, type ThrottleReason, throttleBits, throttleReasons } from '#contract';
import type { Column, Shown } from '../feed/series.ts';
import { stretches } from '../plot/paths.ts';

export type LaneName = ThrottleReason | Exclude<(typeof gpuStates)[number], 'ok'>;

export interface Lane {
  name: LaneName;
  /** `slow` takes speed, `calm` does not, `bad`: the GPU gives no figures. */
  look: 'slow' | 'calm' | 'bad';
  /** In Unix milliseconds; `whole`: in each sample of it, not only in some. */
  blocks: { from: number; to: number; whole: boolean }[];
}

/** One lane for each state and each reason that occurred: what is worst stands on top, being idle at the bottom. */
export function lanesOf(shown: Shown): Lane[] {
  const states = shown.series.state ?? [];
  const masks = shown.series.throttle ?? [];
  // Most never occur: they are not looked for column by column.
  const worst = states.reduce((most, { max }) => Math.max(most, max), 0);
  const ever = masks.reduce((bits, { max }) => bits | max, 0);
  const bad = gpuStates.slice(1, worst + 1).map((name, i): Lane => {
    const at = i + 1;
    return { name: name as LaneName, look: 'bad', blocks: blocks(states, shown, (one) => look(one, at)) };
  });
  const held = throttleReasons(ever).map((name): Lane => {
    const bit = throttleBits[name];
    const found = blocks(masks, shown, ({ min, max }) => ((max & bit) === 0 ? null : (min & bit) !== 0));
    return { name, look: slows.includes(name) ? 'slow' : 'calm', blocks: found };
  });
  const order = { bad: 0, slow: 1, calm: 2 };
  return [...bad, ...held].filter((lane) => lane.blocks.length > 0).sort((a, b) => order[a.look] - order[b.look]);
}

/** Of states a column keeps only the least and the most. */
const look = ({ min, max }: Column, at: number) => (min === at || max === at ? min === max : null);

/** Neighbours that are alike become one block: at most one for each column. `at` tells whole or not, null for not at all. */
function blocks(columns: readonly Column[], shown: Shown, at: (column: Column) => boolean | null): Lane['blocks'] {
  const made: Lane['blocks'] = [];
  const half = shown.columnMs / 2;
  for (const piece of stretches(columns, shown.gapMs)) {
    let open = false;
    for (const column of piece) {
      const whole = at(column);
      const from = column.time - half;
      const last: Lane['blocks'][number] | undefined = open ? made.at(-1) : undefined;
      // Samples may be further apart than columns: a block lasts until the next one says otherwise.
      if (last) last.to = Math.max(last.to, from);
      if (whole !== null && last?.whole === whole) last.to = column.time + half;
      else if (whole !== null) made.push({ from, to: column.time + half, whole });
      open = whole !== null;
    }
  }
  return made;
}
