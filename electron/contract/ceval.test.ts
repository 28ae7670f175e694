import { describe, expect, it } from 'vitest';
import { cevalParametersSchema, cevalResultSchema } from './ceval.ts';

const old = {
  evaluation_type: 'multiple_choice',
  total_tests: 2,
  accuracy: 0.5,
  subject_statistics: { law: { count: 2, accuracy: 0.5 } },
  batch_size: 2,
};

describe('a C-Eval result', () => {
  it('from before variants had names still opens, marked as such', () => {
    const result = cevalResultSchema.parse(old);
    expect(result).toMatchObject({ variant: 'headroom-0', shots: 0, averages: {}, unanswered: 0, truncated: 0 });
  });

  it('has averages of some categories, with a standard error where there is one', () => {
    const overall = { questions: 2, subjects: 1, of: 52, accuracy: 0.5, stderr: 0.5, subject_mean: 0.5 };
    const averages = { overall: { ...overall, subject_mean_stderr: null } };
    expect(cevalResultSchema.parse({ ...old, variant: 'published', averages }).averages).toEqual(averages);
    expect(cevalResultSchema.safeParse({ ...old, averages: { mine: averages.overall } }).success).toBe(false);
  });
});

describe('the parameters of C-Eval', () => {
  it('are those that the backend stores with a run', () => {
    const stored = { variant: 'lm-eval', split: 'val', shots: 0, chat_template: false, scoring: 'loglikelihood' };
    expect(cevalParametersSchema.parse({ ...stored, enable_thinking: false, thinking_budget: 1024 })).toMatchObject(
      stored,
    );
    expect(cevalParametersSchema.safeParse({ variant: 'headroom-0' }).success).toBe(false);
  });
});
