import { access, constants, readdir, realpath, stat } from 'node:fs/promises';
import { basename, isAbsolute, join, relative, sep } from 'node:path';
import { type Model, PanelError } from '#contract';
import { say } from './sentences.ts';

const DEPTH = 10;
const skipped = new Set(['__pycache__', 'node_modules']);

/** Every model folder and every GGUF file under `folder`, sorted by path. Throws a PanelError where `folder` cannot be read. */
export async function scanModels(folder: string): Promise<Model[]> {
  const root = await readable(folder);
  const found = await modelsUnder(root, DEPTH);
  return Promise.all(
    found.sort().map(async (path) => ({
      name: [basename(root), ...relative(root, path).split(sep).filter(Boolean)].join('/'),
      path,
      toy: await isFile(join(path, TOY_STAMP)),
      gguf: await isFile(path),
    })),
  );
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
  return realpath(folder);
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
async function modelsUnder(folder: string, depth: number): Promise<string[]> {
  // A folder that may not be read hides its own models only.
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const files = entries.filter((entry) => !entry.isDirectory()).map(({ name }) => name);
  if (holdsModel(files)) return [folder];
  const found = await unconverted(folder, files.filter(isGguf));
  if (depth === 0) return found;
  const inside = entries.filter((entry) => !entry.name.startsWith('.') && !skipped.has(entry.name));
  // Sequential: a home folder holds more folders than a process may open at once.
  for (const entry of inside) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) found.push(...(await modelsUnder(path, depth - 1)));
    // A link to a model counts. A link to any other folder is not followed: it may be circular.
    else if (entry.isSymbolicLink() && !isGguf(entry.name) && (await isModel(path))) found.push(path);
  }
  return found;
}

async function isModel(folder: string): Promise<boolean> {
  const found = await Promise.all(configs.map((name) => isFile(join(folder, name))));
  return found.includes(true);
}

const isFile = async (path: string) => (await stat(path).catch(() => null))?.isFile() ?? false;
