import type { ReactNode } from 'react';
import type { PlanRequest, RunParameters } from '#contract';

/** One benchmark's part of "Next run". */
export interface RunForm {
  dataset: string;
  /** Null while something in it cannot be read. */
  parameters: RunParameters | null;
  /** What its plan is asked; null while something in it cannot be read. */
  work: Omit<PlanRequest, 'model' | 'limit' | 'dtype'> | null;
  /** The plan's ways out that it has a control for. */
  take: Partial<Record<'context' | 'batch' | 'chunk', (to: number) => void>>;
  /** Takes over the longest context that fits, and gives what to run; absent where nothing is to be chosen. */
  fit?: (most: number) => RunParameters | null;
  fields: ReactNode;
}
