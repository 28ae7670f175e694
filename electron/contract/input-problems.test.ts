import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { invalidInput, problemOf } from './input-problems.ts';
import { profileFieldsSchema } from './profile.ts';
import { inputTexts } from './sentences.ts';
import { settingSchemas, settingsSchema } from './settings.ts';

const issuesOf = (schema: z.ZodType, input: unknown) => schema.safeParse(input).error?.issues ?? [];

describe('the sentence of an invalid input', () => {
  it('is found by its text, so no two are the same', () => {
    const texts = Object.values(inputTexts);
    expect(new Set(texts).size).toBe(texts.length);
  });

  it.each([
    ['LBS_GPU_MEMORY_LIMIT', 2],
    ['LBS_GPU_MEMORY_LIMIT', 'half'],
    ['LBS_ENABLE_MEMORY_MANAGEMENT', 'maybe'],
    ['LBS_TORCH_DTYPE', 'int8'],
    ['LBS_LOCAL_DEVICE_MAP', 'cuda'],
    ['LBS_OFFLOAD', 'disk'],
    ['LBS_MAX_CACHED_LOCAL_MODELS', 1.5],
    ['LBS_GPU_MAX_UTILIZATION', 0],
    ['LBS_CPU_MAX_UTILIZATION', 2],
    ['LBS_MODEL_DIRS', 'models'],
    ['LBS_ALLOWED_ORIGINS', '*'],
    ['LBS_HOST', ''],
    ['LBS_PORT', 70_000],
  ] as const)('is the contract’s own for %s=%s', (name, value) => {
    const [issue] = issuesOf(settingSchemas[name], value);
    expect(Object.values<string>(inputTexts)).toContain(problemOf(issue).text);
  });

  it('names the field where the contract has none for it', () => {
    const [issue] = issuesOf(z.object({ folder: z.string() }), { folder: 7 });
    expect(problemOf(issue)).toMatchObject({ code: 'contract.invalidValue', values: { field: 'folder' } });
  });

  it('is one for several problems, with zod’s issues in the details', () => {
    const { error } = settingsSchema.partial().safeParse({ LBS_PORT: -1, LBS_GPU_MEMORY_LIMIT: 80 });
    if (!error) throw new Error('Both values are invalid.');
    const { code, sentence, details } = invalidInput(error);
    expect([code, sentence.code]).toEqual(['invalid_input', 'contract.invalidValues']);
    expect(sentence.text).toContain(inputTexts.port);
    expect(sentence.text).toContain(inputTexts.limitPlain);
    expect(details?.issues).toHaveLength(2);
  });

  it('is the contract’s own for every field of a profile', () => {
    const empty = {
      name: '',
      command: [],
      folder: '',
      env: { '1': '' },
      healthUrl: '',
      startSeconds: 0,
      stopSeconds: 0,
    };
    const issues = issuesOf(profileFieldsSchema, empty);
    expect(new Set(issues.map(({ path }) => path[0])).size).toBe(Object.keys(empty).length);
    for (const issue of issues) expect(problemOf(issue).code).not.toMatch(/invalid(Value|Message)$/);
  });
});
