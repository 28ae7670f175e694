import { isAbsolute, resolve } from 'node:path';
import { z } from 'zod';
import { type Model, PanelError, type PanelState } from '#contract';
import { createJsonStore, type Saving, type StoreNotice } from '../base/index.ts';
import type { Converter } from './converter.ts';
import { createScanner, type Scan, type ScannerOptions } from './scanner.ts';
import { say } from './sentences.ts';

export interface Models {
  state(): PanelState['models'];
  /** Finds the models in a folder, and remembers the folder where it holds any. Throws a PanelError. */
  scan(folder: string): Promise<Model[]>;
  /** Forgets a folder that a scan added. Throws a PanelError. */
  forget(folder: string): Promise<void>;
  /** What a GGUF file becomes, or why it cannot be converted. */
  about: Converter['about'];
  /** Converts a GGUF file that a scan found; returns the new model's folder. Throws a PanelError. */
  convert(path: string): Promise<string>;
  cancelConversion(): void;
  /** Scans every remembered folder again; resolves when each has been searched or does not answer. */
  refresh(): Promise<void>;
  /** The folders whose disks answer. */
  answering(): string[];
  /** Ends every search. */
  stop(): void;
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
  scanner: ScannerOptions;
  saving?: Saving;
  onChange(state: PanelState['models']): void;
}

/** The absolute path of a folder as it was typed: `~` is the home folder, `.` and trailing slashes are removed. */
function normalize(folder: string, home: string): string {
  const full = folder.trim().replace(/^~(?=$|[/\\])/, () => home);
  return isAbsolute(full) ? resolve(full) : full;
}

const fileSchema = z.looseObject({ modelFolders: z.array(z.string()).optional() });

/** The list of panel.json. */
function openList({ file, own, saving }: Pick<ModelsOptions, 'file' | 'own' | 'saving'>) {
  return createJsonStore({ file, saving, schema: fileSchema, fallback: {} }).then((store) => ({
    store,
    folders: () => [own, ...(store.value().modelFolders ?? [])],
  }));
}

/** The folders of the list, without searching them. */
export const modelFoldersIn = async ({ panel, models }: { panel: string; models: string }): Promise<string[]> =>
  (await openList({ file: panel, own: models })).folders();

/** The model folders: the data folder's own first, then those that the person added. */
export async function createModels(options: ModelsOptions): Promise<Models> {
  const { store, folders } = await openList(options);
  const searches = createSearches(options.scanner, () => options.onChange(state()));
  let converting: string | null = null;

  const state = (): PanelState['models'] => {
    // A folder that is being added comes last.
    const shown = [...new Set([...folders(), ...searches.all().keys()])];
    const scans = shown.flatMap((folder) => {
      const scan = searches.all().get(folder);
      // The data folder has no models of its own before setup has made the toy.
      const isAbsent = folder === options.own && scan?.code === 'not_found';
      return scan && !isAbsent
        ? [{ folder, state: scan.state, found: scan.models.length, sentence: scan.sentence }]
        : [];
    });
    const models = shown.flatMap((folder) => searches.all().get(folder)?.models ?? []);
    return { folders: folders(), found: union(models), scans, converting };
  };
  const refresh = async () => {
    await Promise.all(folders().map(searches.search));
  };
  const remember = (folder: string) =>
    store.update((file) => ({ ...file, modelFolders: [...(file.modelFolders ?? []), folder] }));

  return {
    state,
    async scan(typed) {
      const folder = normalize(typed, options.home);
      const { models, sentence, code } = await searches.search(folder);
      if (folders().includes(folder)) return models;
      try {
        if (models.length > 0) await remember(folder);
        else if (sentence) throw new PanelError(code ?? 'refused', sentence);
      } finally {
        if (folders().includes(folder)) options.onChange(state());
        else searches.forget(folder);
      }
      return models;
    },
    async forget(folder) {
      if (folder === options.own || !folders().includes(folder))
        throw new PanelError('not_found', say('notListed', { folder }));
      await store.update((file) => ({ ...file, modelFolders: file.modelFolders?.filter((one) => one !== folder) }));
      searches.forget(folder);
    },
    refresh,
    answering: () => folders().filter((folder) => ['done', 'failed'].includes(searches.all().get(folder)?.state ?? '')),
    stop: searches.stop,
    about: options.converter.about,
    async convert(path) {
      if (converting !== null) throw new PanelError('busy', say('converting', { path: converting }));
      if (!state().found.some((model) => model.gguf && model.path === path))
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

const union = (...lists: Model[][]) => [...new Map(lists.flat().map((one) => [one.path, one])).values()];

/** The last search of each folder. */
function createSearches(options: ScannerOptions, onChange: () => void) {
  const scanner = createScanner(options);
  const scans = new Map<string, Scan>();
  const running = new Map<string, () => void>();
  const cancel = (folder: string) => {
    running.get(folder)?.();
    running.delete(folder);
  };
  return {
    all: (): ReadonlyMap<string, Scan> => scans,
    /** Resolves when the folder has been searched, or does not answer; that search may go on. */
    search: (folder: string) =>
      new Promise<Scan>((resolve) => {
        cancel(folder);
        // Until it has ended, what the last search found stays.
        const before = scans.get(folder)?.models ?? [];
        scans.set(folder, { state: 'scanning', models: before, sentence: null });
        onChange();
        const end = scanner(folder, (scan) => {
          scans.set(folder, scan.state === 'scanning' ? { ...scan, models: union(before, scan.models) } : scan);
          onChange();
          if (scan.state !== 'scanning') resolve(scan);
        });
        running.set(folder, () => {
          end();
          resolve({ state: 'failed', models: [], sentence: say('scanBroke', { folder }) });
        });
      }),
    forget(folder: string) {
      cancel(folder);
      scans.delete(folder);
      onChange();
    },
    stop() {
      for (const folder of [...running.keys()]) cancel(folder);
    },
  };
}
