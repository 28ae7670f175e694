import type { NeedleResult } from '#contract';

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

interface HeatCells {
  lengths: number[];
  depths: number[];
  at(length: number, depth: number): HeatCell | null;
}

export function heatCells(result: NeedleResult): HeatCells {
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
    lengths: ascending(result.tests.map((test) => test.context_length)),
    depths: ascending(result.tests.map((test) => test.depth_percent)),
    at: (length, depth) => cells.get(keyOf(length, depth)) ?? null,
  };
}

const keyOf = (length: number, depth: number) => `${length} ${depth}`;

function scoresByCell(tests: NeedleResult['tests']): Map<string, number[]> {
  const scores = new Map<string, number[]>();
  for (const test of tests) {
    const key = keyOf(test.context_length, test.depth_percent);
    scores.set(key, [...(scores.get(key) ?? []), test.score]);
  }
  return scores;
}

const ascending = (values: number[]) => [...new Set(values)].sort((a, b) => a - b);
