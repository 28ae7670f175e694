import { z } from 'zod';
import { sentenceSchema } from './sentence.ts';

/** Where an interpreter was found: `setup` and `created` are Headroom's own environments. */
const interpreterKinds = ['setup', 'created', 'venv', 'conda', 'pyenv', 'uv', 'path', 'chosen'] as const;

/** One Python of this machine, and whether the backend would run on it. */
export const interpreterSchema = z.object({
  path: z.string(),
  kind: z.enum(interpreterKinds),
  /** Null where it does not answer. */
  version: z.string().nullable(),
  torch: z.string().nullable(),
  /** The CUDA that torch was built for; null for a build for the CPU. */
  cuda: z.string().nullable(),
  transformers: z.string().nullable(),
  /** `failed`: the backend would not start, or would find no GPU. */
  state: z.enum(['ok', 'warning', 'failed', 'unknown']),
  /** Why. */
  sentence: sentenceSchema,
});

export const interpretersSchema = z.object({
  list: z.array(interpreterSchema),
  /** There were more than were asked. */
  limited: z.boolean(),
});

export const creationStages = ['environment', 'torch', 'packages', 'check'] as const;

export const pythonStateSchema = z.object({
  /** What the next start of Headroom's own backend runs on. */
  next: z.string(),
  /** What the running one runs on; null while none of Headroom's own runs. */
  running: z.string().nullable(),
  /** HEADROOM_PYTHON names it, so that none can be chosen. */
  fixed: z.boolean(),
  /** The environment that is being made; `since` in Unix milliseconds, `lines` the last of pip's output. */
  creating: z
    .object({
      stage: z.enum(creationStages),
      since: z.number(),
      lines: z.array(z.string()),
      /** Bytes of the current download. */
      download: z.object({ done: z.number(), total: z.number() }).nullable(),
    })
    .nullable(),
  /** Why the last one was not made. */
  failure: sentenceSchema.nullable(),
});

export type Interpreter = z.infer<typeof interpreterSchema>;
export type InterpreterKind = Interpreter['kind'];
export type Interpreters = z.infer<typeof interpretersSchema>;
export type PythonState = z.infer<typeof pythonStateSchema>;
export type CreationStage = (typeof creationStages)[number];
