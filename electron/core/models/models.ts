import { isAbsolute, resolve } from 'node:path';
import { z } from 'zod';
import type { Model, PanelState } from '#contract';
import { createJsonStore, type StoreNotice } from '../base/index.ts';
import { scanModels } from './scan.ts';

export interface Models {
  state(): PanelState['models'];
  /** Looks into a folder and remembers it where it holds models. Fails with a PanelError. */
  scan(folder: string): Promise<Model[]>;
  /** Looks again into every remembered folder. */
  refresh(): Promise<void>;
  notice(): StoreNotice | null;
}

export interface ModelsOptions {
  /** panel.json, which remembers the folders. */
  file: string;
  /** The data folder's own models. */
  own: string;
  /** The person's home folder. */
  home: string;
  onChange(): void;
}

/** One way to write a folder, however it was typed: ~ as in a shell, without a slash at the end or a dot in between. */
function normalize(folder: string, home: string): string {
  const full = folder.trim().replace(/^~(?=$|[/\\])/, () => home);
  return isAbsolute(full) ? resolve(full) : full;
}

const fileSchema = z.looseObject({ modelFolders: z.array(z.string()).optional() });

/** The folders that models are taken from: the data folder's own first, then those that the person named. */
export async function createModels(options: ModelsOptions): Promise<Models> {
  const store = await createJsonStore({ file: options.file, schema: fileSchema, fallback: {} });
  const folders = () => [options.own, ...(store.value().modelFolders ?? [])];
  let found: Model[] = [];

  const refresh = async () => {
    // A folder on a disk that is not plugged in today is no failure; its models are just not there.
    const lists = await Promise.all(folders().map((folder) => scanModels(folder).catch(() => [])));
    const byPath = new Map(lists.flat().map((model) => [model.path, model]));
    found = [...byPath.values()];
    options.onChange();
  };
  return {
    state: () => ({ folders: folders(), found }),
    async scan(asked) {
      const folder = normalize(asked, options.home);
      const models = await scanModels(folder);
      if (models.length > 0 && !folders().includes(folder))
        await store.update((file) => ({ ...file, modelFolders: [...(file.modelFolders ?? []), folder] }));
      await refresh();
      return models;
    },
    refresh,
    notice: store.notice,
  };
}
