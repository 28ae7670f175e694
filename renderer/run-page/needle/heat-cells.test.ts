import { describe, expect, it } from 'vitest';
import { type NeedleResult, needleResultSchema } from '#contract';
import { heatCells } from './heat-cells.ts';

const test = (context_length: number, depth_percent: number, score: number) => ({
  context_length,
  depth_percent,
  score,
  num_needles: 1,
  language: 'English',
  task_type: 'single_needle_retrieval',
  response: '',
  expected_needle: '',
});

const result = (more: Partial<NeedleResult>): NeedleResult =>
  needleResultSchema.parse({
    evaluation_type: 'parameterized_comprehensive',
    total_tests: 3,
    success_rate: 0.5,
    score: 0.5,
    overall_statistics: { avg_score: 0.5, max_score: 1, min_score: 0 },
    task_type_statistics: {},
    context_length_statistics: {},
    depth_statistics: {},
    tests: [test(1024, 50, 1), test(512, 50, 1), test(512, 50, 0)],
    notes: [],
    peak_memory: {},
    ...more,
  });

describe('the cells of a heat map', () => {
  it('are the means of the tests where an older backend stored no statistics', () => {
    const cells = heatCells(result({}));
    expect(cells.lengths).toEqual([512, 1024]);
    expect(cells.depths).toEqual([50]);
    expect(cells.at(512, 50)).toEqual({ score: 0.5, count: 2, interval: null, truncated: 0, actualDepth: null });
    expect(cells.at(512, 0)).toBeNull();
  });

  it('are those that the backend counted', () => {
    const cells = heatCells(
      result({
        cell_statistics: [
          {
            context_length: 512,
            depth_percent: 50,
            actual_depth_percent: 49.8,
            count: 2,
            avg_score: 0.5,
            stderr: 0.5,
            interval: [0.1, 0.9],
            truncated: 1,
          },
        ],
      }),
    );
    expect(cells.at(512, 50)).toEqual({ score: 0.5, count: 2, interval: [0.1, 0.9], truncated: 1, actualDepth: 49.8 });
  });
});
