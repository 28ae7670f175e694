import { type Polling, pollingSchema } from '#contract';
import { createJsonStore, type Saving, type StoreNotice } from '../base/index.ts';

export interface Rates {
  now(): Polling;
  /** Saves them; the next plan of the polling follows. Throws PanelError where the disk fails. */
  change(values: { [N in keyof Polling]?: Polling[N] | undefined }): Promise<void>;
  notice(): StoreNotice | null;
}

/** The polling intervals that the person chose. */
export async function createRates(options: {
  file: string;
  saving: Saving;
  onChange(rates: Polling): void;
}): Promise<Rates> {
  const { file, saving, onChange } = options;
  const store = await createJsonStore({ file, saving, schema: pollingSchema, fallback: pollingSchema.parse({}) });
  return {
    now: store.value,
    async change(values) {
      const given = Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
      onChange(await store.update((before) => ({ ...before, ...given })));
    },
    notice: store.notice,
  };
}
