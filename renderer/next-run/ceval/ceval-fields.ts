import { z } from 'zod';
import { type CevalParameters, cevalScorings, cevalVariants } from '#contract';
import {
  countField,
  generatingDefaults,
  generatingFields,
  generatingOf,
  memoryParameters,
  memoryWork,
  thinkingParameters,
  thinkingTokens,
} from '../fields.ts';
import type { PlannedWork } from '../run-form.ts';

export const cevalFieldsSchema = z.object({
  /** Empty: all that the folder holds. */
  subjects: z.array(z.string().min(1).max(200)),
  /** Questions per subject; empty: all. */
  limit: countField(1, 1_000_000),
  /** Tokens that most questions stay below; the longest is known only after the run has read them all. */
  longest: countField(1, 2 ** 31 - 1),
  variant: z.enum(cevalVariants),
  shots: z.number().int().min(0).max(100),
  scoring: z.enum(cevalScorings),
  chat: z.boolean(),
  /** Tokens of a generated answer; empty: the backend's default. */
  answer: countField(1, 4_096),
  ...generatingFields,
});

export type CevalFields = z.infer<typeof cevalFieldsSchema>;

export const cevalDefaults: CevalFields = {
  subjects: [],
  limit: '',
  longest: 1_024,
  variant: 'lm-eval',
  shots: 0,
  scoring: 'loglikelihood',
  chat: false,
  answer: '',
  ...generatingDefaults,
};

const PLAIN_ANSWER = 32;
const CHAT_ANSWER = 256;

type Answer = Pick<CevalFields, 'chat' | 'answer'>;
export const answerTokens = ({ chat, answer }: Answer) => answer || (chat ? CHAT_ANSWER : PLAIN_ANSWER);
export const mayThink = ({ scoring, chat }: CevalFields) => scoring === 'generation' && chat;

/** Tokens that a run generates for one question, thinking included. */
export function newTokens(fields: CevalFields): number {
  if (fields.scoring === 'loglikelihood') return 0;
  return answerTokens(fields) + (mayThink(fields) ? thinkingTokens(fields) : 0);
}

export function cevalParameters(fields: CevalFields): CevalParameters {
  const { variant, shots, scoring, chat, answer, subjects, limit, batch, more } = fields;
  const generates = scoring === 'generation';
  return {
    ...more,
    variant,
    shots,
    scoring,
    chat_template: chat,
    ...(generates && answer !== '' ? { max_new_tokens: answer } : {}),
    ...(generates ? memoryParameters(fields) : {}),
    ...(mayThink(fields) ? thinkingParameters(fields) : {}),
    ...(subjects.length > 0 ? { subjects } : {}),
    ...(limit === '' ? {} : { limit }),
    ...(batch === '' ? {} : { batch_size: batch }),
  };
}

/** Null while a field is invalid. */
export function cevalWork(fields: CevalFields): PlannedWork | null {
  const { longest, batch } = fields;
  if (longest === '') return null;
  const generated = newTokens(fields);
  return {
    context: longest,
    ...(generated > 0 ? { kind: 'generate', new_tokens: generated, ...memoryWork(fields) } : { kind: 'choose' }),
    padded: true,
    ...(batch === '' ? { fit: true } : { batch }),
  };
}

/** The fields of an earlier run; `member`: the subject that its dataset names. */
export function cevalOf(parameters: CevalParameters, member: string | null): Record<string, unknown> {
  const { given, rest } = generatingOf(parameters);
  const { subjects, limit, variant, shots, scoring, chat_template, max_new_tokens, ...more } = rest as CevalParameters;
  return {
    ...given,
    subjects: member === null ? subjects : [member],
    limit,
    variant,
    shots,
    scoring,
    chat: chat_template,
    answer: max_new_tokens,
    more,
  };
}
