import type { NeedleResult } from '#contract';

/** A result, or the tests that a run in progress has finished. */
export interface Heat {
  tests: readonly { context_length: number; depth_percent: number; score: number }[];
  cell_statistics?: NeedleResult['cell_statistics'];
  /** What the run was asked for, also where nothing is finished yet. */
  asked?: { context_lengths?: number[] | undefined; depths?: number[] | undefined };
}

/** All tests at one length and depth. What older backends did not store is null. */
export interface HeatCell {
  score: number;
  count: number;
  /** 95 %. */
  interval: readonly [number, number] | null;
  /** Answers that used up their tokens. */
  truncated: number;
  /** Where the first needle really is, in percent of the text: the mean over the tests. */
  actualDepth: number | null;
}

export interface HeatCells {
  lengths: number[];
  depths: number[];
  at(length: number, depth: number): HeatCell | null;
}

export function heatCells(result: Heat): HeatCells {
  const cells = new Map<string, HeatCell>();
  for (const cell of result.cell_statistics ?? []) {
    cells.set(keyOf(cell.context_length, cell.depth_percent), {
      score: cell.avg_score,
      count: cell.count,
      interval: cell.interval ?? null,
      truncated: cell.truncated ?? 0,
      actualDepth: cell.actual_depth_percent,
    });
  }
  if (!result.cell_statistics) {
    for (const [key, scores] of scoresByCell(result.tests)) {
      const score = scores.reduce((sum, one) => sum + one, 0) / scores.length;
      cells.set(key, { score, count: scores.length, interval: null, truncated: 0, actualDepth: null });
    }
  }
  return {
    lengths: ascending([...result.tests.map((test) => test.context_length), ...(result.asked?.context_lengths ?? [])]),
    depths: ascending([...result.tests.map((test) => test.depth_percent), ...(result.asked?.depths ?? [])]),
    at: (length, depth) => cells.get(keyOf(length, depth)) ?? null,
  };
}

export const keyOf = (length: number, depth: number) => `${length} ${depth}`;

function scoresByCell(tests: Heat['tests']): Map<string, number[]> {
  const scores = new Map<string, number[]>();
  for (const test of tests) {
    const key = keyOf(test.context_length, test.depth_percent);
    scores.set(key, [...(scores.get(key) ?? []), test.score]);
  }
  return scores;
}

const ascending = (values: number[]) => [...new Set(values)].sort((a, b) => a - b);
