import { create } from 'zustand';

/** A run to start again with changes. */
export interface Prefill {
  model: string;
  /** As submitted, such as `C-Eval/C-Eval`. */
  dataset: string;
  parameters: Record<string, unknown>;
}

/** What another room asks the form to be filled in with; the form takes it once and sets it back to null. */
export const usePrefill = create<{ prefill: Prefill | null }>(() => ({ prefill: null }));

/** Fills in the form of the next run, which Overview shows. */
export const prefill = (run: Prefill) => usePrefill.setState({ prefill: run });
