import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { benchmarks, cevalParametersSchema, kvCaches, needleParametersSchema, runParametersSchema } from '#contract';
import { cevalDefaults, cevalParameters } from '../ceval/ceval-fields.ts';
import { needleDefaults, needleParameters } from '../needle/needle-fields.ts';
import { readDraft, writeDraft } from './address.ts';
import { draftDefaults, draftOf, type RunDraft } from './run-draft.ts';

const count = (max: number) => fc.oneof(fc.constant('' as const), fc.integer({ min: 16, max }));
const generating = {
  batch: count(4096),
  chunk: count(100_000),
  kvCache: fc.constantFrom(...kvCaches),
  thinking: fc.boolean(),
  budget: fc.integer({ min: 1, max: 65_536 }),
};
const numbers = (max: number) =>
  fc.array(fc.integer({ min: 1, max }), { minLength: 1, maxLength: 6 }).map((all) => all.join(', '));
const needle = fc.record({
  lengths: numbers(200_000),
  depths: numbers(100),
  task: fc.constantFrom('single_needle_retrieval' as const, 'multi_needle_retrieval' as const, 'both' as const),
  needles: fc.integer({ min: 1, max: 20 }),
  language: fc.constantFrom('English' as const, 'Chinese' as const),
  haystack: fc.string({ maxLength: 40 }).map((text) => text.trim()),
  profile: fc.constantFrom('needlebench-v2' as const, 'original' as const),
  repeats: fc.integer({ min: 1, max: 100 }),
  more: fc.constantFrom({}, { seed: 7 }, { max_new_tokens: 12, value_type: 'uuids' }),
  ...generating,
});
const ceval = fc.record({
  subjects: fc.array(fc.stringMatching(/^[a-z一-龥_]{1,12}$/), { maxLength: 4 }),
  limit: count(500),
  longest: count(9_000),
  variant: fc.constantFrom('lm-eval' as const, 'published' as const),
  shots: fc.integer({ min: 0, max: 5 }),
  scoring: fc.constantFrom('loglikelihood' as const, 'generation' as const),
  chat: fc.boolean(),
  answer: count(4096),
  more: fc.constantFrom({}, { split: 'test' }),
  ...generating,
});
const drafts: fc.Arbitrary<RunDraft> = fc.record({
  model: fc.oneof(fc.constant(null), fc.string({ minLength: 1, maxLength: 60 })),
  dataset: fc.constantFrom(...Object.values(benchmarks)),
  needle,
  ceval,
});

const written = (draft: RunDraft, before = '') => {
  const places = new URLSearchParams(before);
  writeDraft(draft, places);
  return places;
};

describe('the form in the address', () => {
  it('comes back as it was', () => {
    fc.assert(
      fc.property(drafts, (draft) => {
        const places = new URLSearchParams(written(draft).toString());
        expect(readDraft(places) ?? draftDefaults).toEqual(draft);
      }),
    );
  });

  it('leaves the rest of the address alone, and defaults out', () => {
    expect(written(draftDefaults, 'gpu=1&needle.repeats=5').toString()).toBe('gpu=1');
    const changed = { ...draftDefaults, needle: { ...needleDefaults, repeats: 5 } };
    expect(written(changed, 'gpu=1').toString()).toBe('gpu=1&needle.repeats=5');
    expect(readDraft(new URLSearchParams('gpu=1&limits=open'))).toBeNull();
  });

  it('ignores what no field takes', () => {
    const names = [...Object.keys(needleDefaults).map((name) => `needle.${name}`), 'run.dataset', 'ceval.subjects'];
    fc.assert(
      fc.property(fc.constantFrom(...names), fc.string(), (name, text) => {
        const read = readDraft(new URLSearchParams([[name, text]])) ?? draftDefaults;
        const parameters = needleParameters(read.needle);
        if (parameters && Object.keys(read.needle.more).length === 0) needleParametersSchema.parse(parameters);
        cevalParametersSchema.parse(cevalParameters(read.ceval));
      }),
    );
  });
});

describe('the form of an earlier run', () => {
  it('submits the same parameters again', () => {
    fc.assert(
      fc.property(needle, (fields) => {
        const parameters = needleParameters(fields);
        const draft = draftOf({
          model: 'm',
          dataset: 'NeedleInAHaystack/NeedleInAHaystack',
          parameters: parameters ?? {},
        });
        expect(draft?.needle && needleParameters(draft.needle)).toEqual(parameters);
      }),
    );
    fc.assert(
      fc.property(ceval, (fields) => {
        const parameters = cevalParameters(fields);
        const draft = draftOf({ model: 'm', dataset: 'C-Eval/C-Eval', parameters });
        expect(draft?.ceval && cevalParameters(draft.ceval)).toEqual(parameters);
      }),
    );
  });

  it('takes the subject that the dataset names, and what older runs left out', () => {
    expect(draftOf({ model: 'm', dataset: 'C-Eval/accountant', parameters: {} })?.ceval).toEqual({
      ...cevalDefaults,
      subjects: ['accountant'],
    });
    const left = draftOf({ model: 'm', dataset: 'NeedleInAHaystack', parameters: { haystack: null } })?.needle;
    // The run chose its lengths, which the form does not know: they are to be typed.
    expect(left).toMatchObject({ lengths: '', repeats: 1, task: 'both' });
  });

  it('is none where the panel has no form', () => {
    expect(draftOf({ model: 'm', dataset: 'LongBench/hotpotqa', parameters: {} })).toBeNull();
    expect(draftOf({ model: 'm', dataset: 'C-Eval', parameters: { unknown: 1 } })).toBeNull();
  });

  it('is one that the backend takes', () => {
    fc.assert(
      fc.property(drafts, (draft) => {
        runParametersSchema.parse(needleParameters(draft.needle));
        runParametersSchema.parse(cevalParameters(draft.ceval));
      }),
    );
  });
});
