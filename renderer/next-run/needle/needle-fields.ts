import { z } from 'zod';
import { type NeedleParameters, needleProfiles, needleTasks } from '#contract';
import { numbersIn } from '../../parts/index.ts';
import {
  generatingDefaults,
  generatingFields,
  generatingOf,
  memoryParameters,
  memoryWork,
  thinkingParameters,
  thinkingTokens,
} from '../fields.ts';
import type { PlannedWork } from '../run-form.ts';

export const needleFieldsSchema = z.object({
  /** Numbers separated by commas. */
  lengths: z.string().max(2_000),
  depths: z.string().max(2_000),
  task: z.enum([...needleTasks, 'both']),
  needles: z.number().int().min(1).max(20),
  language: z.enum(['English', 'Chinese']),
  /** Empty: the haystack that ships with Headroom. */
  haystack: z.string().max(4_096),
  profile: z.enum(needleProfiles),
  repeats: z.number().int().min(1).max(100),
  ...generatingFields,
});

export type NeedleFields = z.infer<typeof needleFieldsSchema>;

export const needleDefaults: NeedleFields = {
  lengths: '512, 1024, 2048',
  depths: '0, 25, 50, 75, 100',
  task: 'single_needle_retrieval',
  needles: 1,
  language: 'English',
  haystack: '',
  profile: 'needlebench-v2',
  repeats: 3,
  ...generatingDefaults,
};

/** The backend runs no more prompts at a time unless asked. */
const LARGEST_BATCH = 16;
const TOKENS_PER_NEEDLE = 20;

/** The lengths and depths as numbers; null where a text has anything else. */
export const lengthsOf = ({ lengths }: Pick<NeedleFields, 'lengths'>) => {
  const found = numbersIn(lengths);
  return found?.every((length) => Number.isInteger(length) && length > 0) ? found : null;
};
export const depthsOf = ({ depths }: Pick<NeedleFields, 'depths'>) => {
  const found = numbersIn(depths);
  return found?.every((depth) => depth <= 100) ? found : null;
};

/** Tokens of an answer, for the plan. The backend counts them with the model's own tokenizer. */
function answerTokens({ task, needles, more }: Pick<NeedleFields, 'task' | 'needles' | 'more'>): number {
  if (typeof more.max_new_tokens === 'number') return more.max_new_tokens;
  const hidden = task === 'single_needle_retrieval' ? 1 : needles > 1 ? needles : 3;
  return Math.ceil((hidden * TOKENS_PER_NEEDLE * 1.5 + 16) / 16) * 16;
}

export const newTokens = (fields: NeedleFields) => answerTokens(fields) + thinkingTokens(fields);

/** Null while a field is invalid. */
export function needleParameters(fields: NeedleFields): NeedleParameters | null {
  const lengths = lengthsOf(fields);
  const depths = depthsOf(fields);
  if (!lengths || !depths) return null;
  const { task, needles, language, profile, repeats, haystack, batch, more } = fields;
  return {
    ...more,
    context_lengths: lengths,
    depths,
    task_types: task === 'both' ? [...needleTasks] : [task],
    num_needles: needles,
    language,
    profile,
    repeats,
    ...(haystack.trim() ? { haystack: haystack.trim() } : {}),
    ...memoryParameters(fields),
    ...(batch === '' ? {} : { batch_size: batch }),
    ...thinkingParameters(fields),
  };
}

/** Null while a field is invalid. */
export function needleWork(fields: NeedleFields): PlannedWork | null {
  const lengths = lengthsOf(fields);
  if (!lengths) return null;
  const { batch, repeats } = fields;
  const prompts = (depthsOf(fields) ?? []).length * repeats || 1;
  return {
    context: Math.max(...lengths),
    new_tokens: newTokens(fields),
    ...memoryWork(fields),
    ...(batch === '' ? { most_batch: Math.min(LARGEST_BATCH, prompts) } : { batch }),
  };
}

/** The lengths above `max` replaced by `max` itself. */
export function cappedLengths(fields: NeedleFields, max: number): string {
  const shorter = (lengthsOf(fields) ?? []).filter((length) => length < max);
  return [...shorter, max].join(', ');
}

/** The fields of an earlier run. What it left out was chosen by the backend, as an empty field is. */
export function needleOf(parameters: NeedleParameters): Record<string, unknown> {
  const { given, rest } = generatingOf(parameters);
  const { context_lengths, depths, task_types, num_needles, language, profile, repeats, haystack, ...more } =
    rest as NeedleParameters;
  return {
    ...given,
    lengths: context_lengths?.join(', ') ?? '',
    depths: depths?.join(', ') ?? needleDefaults.depths,
    task: task_types?.length === 1 ? task_types[0] : 'both',
    needles: num_needles,
    language,
    profile,
    repeats: repeats ?? 1,
    haystack,
    more,
  };
}
