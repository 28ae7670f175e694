import { expect, it } from 'vitest';
import { meanOf, testsOf, totalsOf } from './tests.ts';

const needle = {
  evaluation_type: 'parameterized_comprehensive',
  total_tests: 1,
  success_rate: 1,
  score: 1,
  overall_statistics: { avg_score: 1, max_score: 1, min_score: 1 },
  task_type_statistics: {},
  context_length_statistics: {},
  depth_statistics: {},
  notes: [],
  peak_memory: {},
};
/** As the first backends stored it. */
const old = {
  context_length: 1024,
  depth_percent: 100 / 3,
  num_needles: 1,
  language: 'English',
  task_type: 'single_needle_retrieval',
  score: 0.5,
  response: '5',
  expected_needle: 'It is 5.',
};
const dataset = 'NeedleInAHaystack/NeedleInAHaystack';

it('opens a result of an older backend, whose items have no key and no tokens', () => {
  const tests = testsOf({ dataset, result: { ...needle, tests: [old] } }, []);
  expect(tests.list).toMatchObject([{ key: null, item: { score: 0.5 } }]);
  expect([meanOf(tests), totalsOf(tests)]).toEqual([0.5, null]);
});

it('finds a needle by the key that the backend gave it', () => {
  const test = { ...old, repeat: 2, prompt_tokens: 1_024, tokens_out: 9, seconds: 2 };
  const tests = testsOf({ dataset, result: { ...needle, tests: [test] } }, []);
  expect(tests.list[0]?.key).toBe('single_needle_retrieval|1024|33.3333|2');
  expect(totalsOf(tests)).toEqual({ read: 1_024, written: 9, seconds: 2 });
});

it('takes the items of a run without a result, and leaves out what it cannot read', () => {
  const items = [
    { key: 'a', item: { ...old, score: 1 } },
    { key: 'b', item: { score: 'x' } },
  ];
  expect(testsOf({ dataset, result: null }, items)).toMatchObject({ kind: 'needle', list: [{ key: 'a' }] });
  expect(testsOf({ dataset, result: null }, []).kind).toBe('none');
  const question = { key: 'law-1', item: { subject: 'law', answer: 'B', response: 'B', score: 1 } };
  expect(testsOf({ dataset: 'C-Eval/law', result: null }, [question])).toMatchObject({ kind: 'ceval', list: [{}] });
});
