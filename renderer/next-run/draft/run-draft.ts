import { z } from 'zod';
import { create } from 'zustand';
import { benchmarks, cevalParametersSchema, needleParametersSchema } from '#contract';
import { type CevalFields, cevalDefaults, cevalFieldsSchema, cevalOf } from '../ceval/ceval-fields.ts';
import { type NeedleFields, needleDefaults, needleFieldsSchema, needleOf } from '../needle/needle-fields.ts';

/** What the form of the next run holds. Each benchmark keeps its fields while the other one is shown. */
export interface RunDraft {
  /** The model's folder; null: the first that is found. */
  model: string | null;
  dataset: (typeof benchmarks)[keyof typeof benchmarks];
  needle: NeedleFields;
  ceval: CevalFields;
}

export const draftDefaults: RunDraft = {
  model: null,
  dataset: benchmarks.needle,
  needle: needleDefaults,
  ceval: cevalDefaults,
};

export const datasetSchema = z.enum(Object.values(benchmarks) as [RunDraft['dataset']]);

/** It outlives the room, and the address mirrors it (address.ts). */
export const useRunDraft = create<RunDraft>(() => draftDefaults);

export const changeNeedle = (change: Partial<NeedleFields>) =>
  useRunDraft.setState(({ needle }) => ({ needle: { ...needle, ...change } }));
export const changeCeval = (change: Partial<CevalFields>) =>
  useRunDraft.setState(({ ceval }) => ({ ceval: { ...ceval, ...change } }));

/** A run to start again with changes. */
export interface Prefill {
  model: string;
  /** As submitted, such as `C-Eval/C-Eval`. */
  dataset: string;
  parameters: Record<string, unknown>;
}

/** The form of an earlier run; null where the panel has no form for its dataset or its parameters. */
export function draftOf({ model, dataset, parameters }: Prefill): Partial<RunDraft> | null {
  const [name, member] = dataset.split('/');
  const present = Object.fromEntries(Object.entries(parameters).filter(([, value]) => value !== null));
  if (name === benchmarks.needle) {
    const task = needleFieldsSchema.shape.task.safeParse(member).data;
    const read = needleParametersSchema.safeParse({ ...present, ...(task ? { task_types: [task] } : {}) });
    const needle = read.success && completed(needleFieldsSchema, needleDefaults, needleOf(read.data));
    return needle ? { model, dataset: name, needle } : null;
  }
  if (name !== benchmarks.ceval) return null;
  const read = cevalParametersSchema.safeParse(present);
  const subject = member === undefined || member === name ? null : member;
  const ceval = read.success && completed(cevalFieldsSchema, cevalDefaults, cevalOf(read.data, subject));
  return ceval ? { model, dataset: name, ceval } : null;
}

function completed<T extends object>(schema: z.ZodType<T>, defaults: T, given: Record<string, unknown>): T | null {
  const known = Object.entries(given).filter(([, value]) => value !== undefined);
  return schema.safeParse({ ...defaults, ...Object.fromEntries(known) }).data ?? null;
}
