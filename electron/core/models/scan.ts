import { access, constants, readdir, realpath, stat } from 'node:fs/promises';
import { basename, isAbsolute, join, relative, sep } from 'node:path';
import { type Model, PanelError } from '#contract';

const DEPTH = 10;
const skipped = new Set(['__pycache__', 'node_modules']);

/** Every model folder under `folder`, sorted by path. Fails with a PanelError where there is nothing to look into. */
export async function scanModels(folder: string): Promise<Model[]> {
  const root = await readable(folder);
  const found = await modelsUnder(root, DEPTH);
  return Promise.all(
    found.sort().map(async (path) => ({
      name: [basename(root), ...relative(root, path).split(sep).filter(Boolean)].join('/'),
      path,
      toy: await isFile(join(path, TOY_STAMP)),
    })),
  );
}

async function readable(folder: string): Promise<string> {
  if (!isAbsolute(folder))
    throw new PanelError(
      'invalid_input',
      `${folder} is no full path: begin it with ${sep}, as in ${sep}data${sep}models.`,
    );
  const found = await stat(folder).catch(() => null);
  if (!found) throw new PanelError('not_found', `${folder} does not exist: check the path.`);
  if (!found.isDirectory())
    throw new PanelError('invalid_input', `${folder} is not a folder: name the folder that holds the models.`);
  await access(folder, constants.R_OK | constants.X_OK).catch(() => {
    throw new PanelError('refused', `${folder} may not be read by you: mend its permissions.`);
  });
  return realpath(folder);
}

/** The file that the toy's recipe leaves in its folder (STAMP in python/lbs/models/toy.py). */
const TOY_STAMP = 'toy-recipe.json';

/** What makes a folder a model: its own config, or an adapter's that names its base. */
const configs = ['config.json', 'adapter_config.json'];

/** A folder that is a model is not searched further. */
async function modelsUnder(folder: string, depth: number): Promise<string[]> {
  // A closed folder below an open one hides its models, not the others.
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  if (entries.some((entry) => configs.includes(entry.name) && !entry.isDirectory())) return [folder];
  if (depth === 0) return [];
  const inside = entries.filter((entry) => !entry.name.startsWith('.') && !skipped.has(entry.name));
  const found: string[] = [];
  // One after another: a home folder holds more folders than a process may open at once.
  for (const entry of inside) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) found.push(...(await modelsUnder(path, depth - 1)));
    // A link to a model counts, one to any other folder is not followed: it may lead in circles, or everywhere.
    else if (entry.isSymbolicLink() && (await isModel(path))) found.push(path);
  }
  return found;
}

async function isModel(folder: string): Promise<boolean> {
  const found = await Promise.all(configs.map((name) => isFile(join(folder, name))));
  return found.includes(true);
}

const isFile = async (path: string) => (await stat(path).catch(() => null))?.isFile() ?? false;
