import { isAbsolute, resolve } from 'node:path';
import { z } from 'zod';
import { type Model, PanelError, type PanelState } from '#contract';
import { createJsonStore, type StoreNotice } from '../base/index.ts';
import type { Converter } from './converter.ts';
import { scanModels } from './scan.ts';
import { say } from './sentences.ts';

export interface Models {
  state(): PanelState['models'];
  /** Finds the models in a folder, and remembers the folder where it holds any. Throws a PanelError. */
  scan(folder: string): Promise<Model[]>;
  /** What a GGUF file becomes, or why it cannot be converted. */
  about: Converter['about'];
  /** Converts a GGUF file that a scan found; returns the new model's folder. Throws a PanelError. */
  convert(path: string): Promise<string>;
  cancelConversion(): void;
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
  converter: Converter;
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
  let converting: string | null = null;
  const state = () => ({ folders: folders(), found, converting });

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
    about: options.converter.about,
    async convert(path) {
      if (converting !== null) throw new PanelError('busy', say('converting', { path: converting }));
      if (!found.some((model) => model.gguf && model.path === path))
        throw new PanelError('not_found', say('notFound', { path }));
      converting = path;
      options.onChange(state());
      try {
        return await options.converter.convert(path);
      } finally {
        converting = null;
        await refresh();
      }
    },
    cancelConversion: options.converter.cancel,
    notice: store.notice,
  };
}
