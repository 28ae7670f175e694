import type { ReactNode } from 'react';
import type { KvCache, PlanRequest, RunParameters } from '#contract';

/** The part of "Next run" that one benchmark brings. */
export interface RunForm {
  dataset: string;
  /** Null while a field is invalid. */
  parameters: RunParameters | null;
  /** The workload to plan; null while a field is invalid. */
  work: Omit<PlanRequest, 'model' | 'limit' | 'dtype'> | null;
  /** Sets a field to the value that a way out proposes. */
  setters: Partial<Record<'context' | 'batch' | 'chunk', (to: number) => void>> & { kvCache?: (to: KvCache) => void };
  /** Sets the context length and returns the parameters to run; absent where the benchmark has no context to choose. */
  fit?: (maxContext: number) => RunParameters | null;
  fields: ReactNode;
}
