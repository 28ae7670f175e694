import type { z } from 'zod';
import {
  type CevalResult,
  cevalResultSchema,
  type NeedleResult,
  needleResultSchema,
  type Run,
  resultSchema,
} from '#contract';

interface Results {
  /** What every benchmark's result has; null where there is none, or it is of another kind. */
  common: z.infer<typeof resultSchema> | null;
  needle: NeedleResult | null;
  ceval: CevalResult | null;
}

const none: Results = { common: null, needle: null, ceval: null };
const known = new WeakMap<object, Results>();

/** A result as each benchmark has it. Read once: thousands of answers take a while, and those of another kind even longer. */
export function resultsOf({ result }: Pick<Run, 'result'>): Results {
  if (!result) return none;
  const before = known.get(result);
  if (before) return before;
  const { evaluation_type: kind } = result;
  const found: Results = {
    common: resultSchema.safeParse(result).data ?? null,
    needle: kind === 'parameterized_comprehensive' ? (needleResultSchema.safeParse(result).data ?? null) : null,
    ceval: kind === 'multiple_choice' ? (cevalResultSchema.safeParse(result).data ?? null) : null,
  };
  known.set(result, found);
  return found;
}
