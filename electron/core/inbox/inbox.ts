import { z } from 'zod';
import type { PanelState } from '#contract';
import { createJsonStore, type Saving } from '../base/index.ts';

/** When the person last read the inbox. What has happened since is unread, also after a restart of the panel. */
export interface Inbox {
  state(): PanelState['inbox'];
  /** `until`: Unix milliseconds of the newest entry that was shown. Never moves back. */
  visit(until: number): Promise<void>;
}

const fileSchema = z.object({ visitedAt: z.number().nullable() });

export async function openInbox(parts: {
  file: string;
  saving?: Saving;
  onChange(state: PanelState['inbox']): void;
}): Promise<Inbox> {
  const { file, saving, onChange } = parts;
  const store = await createJsonStore({ file, saving, schema: fileSchema, fallback: { visitedAt: null } });
  const state = () => ({ visitedAt: store.value().visitedAt });
  onChange(state());
  return {
    state,
    async visit(until) {
      if (until <= (store.value().visitedAt ?? 0)) return;
      await store.update(({ visitedAt }) => ({ visitedAt: Math.max(visitedAt ?? 0, until) }));
      onChange(state());
    },
  };
}
