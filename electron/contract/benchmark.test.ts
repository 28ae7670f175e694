import { expect, it } from 'vitest';
import { runParametersSchema } from './benchmark.ts';

const thinking = { enable_thinking: false, thinking_budget: 1024 };

it.each([
  { language: 'English', max_new_tokens: 32, num_needles: 1, seed: 0, ...thinking },
  { variant: 'lm-eval', scoring: 'loglikelihood', shots: 0, split: 'val', chat_template: false, ...thinking },
])('parameters that the backend stores with a run can be submitted again: %o', (stored) => {
  expect(runParametersSchema.parse(stored)).toEqual(stored);
});
