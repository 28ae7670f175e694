import { create } from 'zustand';
import type { Plan } from '#contract';

/** The plan that "Next run" shows, under the settings in force. */
export interface PlannedRun {
  /** The model's folder. */
  model: string;
  dataset: string;
  plan: Plan;
  /** A newer plan is on its way. */
  stale: boolean;
}

/** Null while no plan is shown: a projection for the ghost of the next run on the GPUs. */
export const usePlannedRun = create<{ planned: PlannedRun | null }>(() => ({ planned: null }));
