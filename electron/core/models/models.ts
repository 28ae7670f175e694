import { isAbsolute, resolve } from 'node:path';
import { z } from 'zod';
import type { Model, PanelState } from '#contract';
import { createJsonStore, type StoreNotice } from '../base/index.ts';
import { scanModels } from './scan.ts';

export interface Models {
  state(): PanelState['models'];
  /** Finds the models in a folder, and remembers the folder where it holds any. Throws a PanelError. */
  scan(folder: string): Promise<Model[]>;
  /** Scans every remembered folder again. */
  refresh(): Promise<void>;
  notice(): StoreNotice | null;
}

interface ModelsOptions {
  /** panel.json, which remembers the folders. */
  file: string;
  /** The data folder's own models. */
  own: string;
  /** The person's home folder. */
  home: string;
  onChange(state: PanelState['models']): void;
}

/** The absolute path of a folder as it was typed: `~` is the home folder, `.` and trailing slashes are removed. */
function normalize(folder: string, home: string): string {
  const full = folder.trim().replace(/^~(?=$|[/\\])/, () => home);
  return isAbsolute(full) ? resolve(full) : full;
}

const fileSchema = z.looseObject({ modelFolders: z.array(z.string()).optional() });

/** The model folders: the data folder's own first, then those that the person added. */
export async function createModels(options: ModelsOptions): Promise<Models> {
  const store = await createJsonStore({ file: options.file, schema: fileSchema, fallback: {} });
  const folders = () => [options.own, ...(store.value().modelFolders ?? [])];
  let found: Model[] = [];
  const state = () => ({ folders: folders(), found });

  const refresh = async () => {
    // A folder on a disk that is not mounted is not an error: its models are missing until it is.
    const lists = await Promise.all(folders().map((folder) => scanModels(folder).catch(() => [])));
    const byPath = new Map(lists.flat().map((model) => [model.path, model]));
    found = [...byPath.values()];
    options.onChange(state());
  };
  return {
    state,
    async scan(typed) {
      const folder = normalize(typed, options.home);
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
