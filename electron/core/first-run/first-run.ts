import { type FirstRun, type FirstRunStep, firstRunSchema } from '#contract';
import { createJsonStore, type Saving } from '../base/index.ts';

export interface FirstRuns {
  state(): FirstRun;
  skip(step: FirstRunStep): Promise<void>;
  /** Not shown again. */
  finish(): Promise<void>;
}

/** What of the first run is done, kept over restarts. */
export async function createFirstRun(options: {
  file: string;
  saving?: Saving;
  onChange(state: FirstRun): void;
}): Promise<FirstRuns> {
  const { file, saving, onChange } = options;
  const store = await createJsonStore({
    file,
    saving,
    schema: firstRunSchema,
    fallback: { done: false, skipped: [] },
  });
  const update = async (change: (state: FirstRun) => FirstRun) => onChange(await store.update(change));
  return {
    state: store.value,
    skip: (step) => update((now) => ({ ...now, skipped: [...new Set([...now.skipped, step])] })),
    finish: () => update((now) => ({ ...now, done: true })),
  };
}
