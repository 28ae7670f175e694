import type { KvCache, PlanRequest } from '#contract';

/** The workload to plan. */
export type PlannedWork = Omit<PlanRequest, 'model' | 'limit' | 'dtype'>;

/** Sets a field to the value that a way out proposes. */
export type Setters = Partial<Record<'context' | 'batch' | 'chunk', (to: number) => void>> & {
  kvCache?: (to: KvCache) => void;
};
