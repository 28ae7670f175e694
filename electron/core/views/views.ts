import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { type SavedView, savedViewSchema } from '#contract';
import { createJsonStore, type Saving, type StoreNotice } from '../base/index.ts';

/** The saved views of the runs, on disk: they belong to the person, not to one browser. */
export interface Views {
  /** A view of the same name is replaced. */
  save(view: Omit<SavedView, 'id'>): Promise<void>;
  remove(id: string): Promise<void>;
  notice(): StoreNotice | null;
}

const MOST = 100;
const fileSchema = z.object({ views: z.array(savedViewSchema) });

export async function openViews(parts: {
  file: string;
  saving?: Saving;
  onChange(views: SavedView[]): void;
}): Promise<Views> {
  const { file, saving, onChange } = parts;
  const store = await createJsonStore({ file, saving, schema: fileSchema, fallback: { views: [] } });
  const change = async (make: (views: SavedView[]) => SavedView[]) => {
    await store.update(({ views }) => ({ views: make(views) }));
    onChange(store.value().views);
  };
  onChange(store.value().views);
  return {
    save: ({ name, place }) =>
      change((views) => {
        const others = views.filter((view) => view.name !== name);
        const id = views.find((view) => view.name === name)?.id ?? randomUUID();
        return [...others, { id, name, place }].slice(-MOST);
      }),
    remove: (id) => change((views) => views.filter((view) => view.id !== id)),
    notice: store.notice,
  };
}
