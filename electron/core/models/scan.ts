import { access, constants, readdir, realpath, stat } from 'node:fs/promises';
import { basename, isAbsolute, join, relative, sep } from 'node:path';
import { type Model, PanelError } from '#contract';
import { say } from './sentences.ts';
import { isSystemFolder } from './system-folders.ts';

const DEPTH = 10;
/** Even an old home folder has fewer. */
const MAX_FOLDERS = 50_000;
const skipped = new Set(['__pycache__', 'node_modules']);

/** What a search has found so far. */
export interface Progress {
  models: Model[];
  /** The folders that were read. */
  folders: number;
  /** What is being read. */
  at: string;
}

/** The search itself; `limited`: it stopped after this many folders. */
interface Search extends Progress {
  root: string;
  limited: boolean;
}

/**
 * Searches `folder` for model folders and GGUF files. `progress` is updated as the search goes on. Returns whether it ended
 * after too many folders; throws a PanelError where `folder` cannot be read.
 */
export async function scanModels(
  folder: string,
  progress: Progress,
  maxFolders = MAX_FOLDERS,
): Promise<{ limited: boolean }> {
  const root = await readable(folder);
  const search: Search = Object.assign(progress, { root, limited: false });
  await searchIn(search, root, DEPTH, maxFolders);
  search.models.sort((a, b) => (a.path < b.path ? -1 : 1));
  return { limited: search.limited };
}

async function readable(folder: string): Promise<string> {
  if (!isAbsolute(folder)) {
    const example = `${sep}data${sep}models`;
    throw new PanelError('invalid_input', say('notAbsolute', { folder, separator: sep, example }));
  }
  const found = await stat(folder).catch(() => null);
  if (!found) throw new PanelError('not_found', say('missing', { folder }));
  if (!found.isDirectory()) throw new PanelError('invalid_input', say('notFolder', { folder }));
  await access(folder, constants.R_OK | constants.X_OK).catch(() => {
    throw new PanelError('refused', say('noPermission', { folder }));
  });
  const root = await realpath(folder);
  if (isSystemFolder(root)) throw new PanelError('refused', say('systemFolder', { folder }));
  return root;
}

/** The file that the toy's recipe leaves in its folder (STAMP in python/lbs/models/toy.py). */
const TOY_STAMP = 'toy-recipe.json';

/** A folder is a model where it has a config of its own, or an adapter's config that names its base. */
const configs = ['config.json', 'adapter_config.json'];

const isGguf = (name: string) => name.toLowerCase().endsWith('.gguf');
const isWeights = (name: string) => /\.(safetensors|bin|pt|pth)$/.test(name);

/** Beside GGUF alone, a config.json names no more than the family. */
const holdsModel = (files: string[]) =>
  files.includes('adapter_config.json') ||
  (files.includes('config.json') && (!files.some(isGguf) || files.some(isWeights)));

/** Those that lbs.convert has not made a model of, which it puts beside the file under its name. */
async function unconverted(folder: string, names: string[]): Promise<string[]> {
  const found: string[] = [];
  for (const name of names) {
    const path = join(folder, name);
    if ((await isFile(path)) && !(await isModel(path.slice(0, -'.gguf'.length)))) found.push(path);
  }
  return found;
}

/** A model folder is not searched further. */
async function searchIn(search: Search, folder: string, depth: number, maxFolders: number): Promise<void> {
  if (search.folders >= maxFolders) {
    search.limited = true;
    return;
  }
  search.at = folder;
  search.folders += 1;
  // A folder that may not be read hides its own models only.
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const files = entries.filter((entry) => !entry.isDirectory()).map(({ name }) => name);
  if (holdsModel(files)) return add(search, folder, false);
  for (const file of await unconverted(folder, files.filter(isGguf))) await add(search, file, true);
  if (depth === 0) return;
  const inside = entries.filter((entry) => !entry.name.startsWith('.') && !skipped.has(entry.name));
  // Sequential: a home folder holds more folders than a process may open at once.
  for (const entry of inside) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await searchIn(search, path, depth - 1, maxFolders);
    // A link to a model counts. A link to any other folder is not followed: it may be circular.
    else if (entry.isSymbolicLink() && !isGguf(entry.name) && (await isModel(path))) await add(search, path, false);
  }
}

async function add({ root, models }: Search, path: string, gguf: boolean): Promise<void> {
  const name = [basename(root), ...relative(root, path).split(sep).filter(Boolean)].join('/');
  models.push({ name, path, toy: await isFile(join(path, TOY_STAMP)), gguf });
}

async function isModel(folder: string): Promise<boolean> {
  const found = await Promise.all(configs.map((name) => isFile(join(folder, name))));
  return found.includes(true);
}

const isFile = async (path: string) => (await stat(path).catch(() => null))?.isFile() ?? false;
