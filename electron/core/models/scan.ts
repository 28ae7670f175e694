import { access, constants, readdir, realpath, stat } from 'node:fs/promises';
import { basename, join, relative, sep } from 'node:path';
import { type Model, PanelError } from '#contract';

const DEPTH = 10;
const skipped = new Set(['__pycache__', 'node_modules']);

/** Every model folder under `folder`, sorted by path. Fails with a PanelError where there is nothing to look into. */
export async function scanModels(folder: string): Promise<Model[]> {
  const root = await readable(folder);
  const found = await modelsUnder(root, DEPTH);
  return found.sort().map((path) => ({
    name: [basename(root), ...relative(root, path).split(sep).filter(Boolean)].join('/'),
    path,
    toy: basename(path).includes('tiny'),
  }));
}

async function readable(folder: string): Promise<string> {
  const found = await stat(folder).catch(() => null);
  if (!found) throw new PanelError('not_found', `${folder} does not exist: check the path.`);
  if (!found.isDirectory())
    throw new PanelError('invalid_input', `${folder} is not a folder: name the folder that holds the models.`);
  await access(folder, constants.R_OK | constants.X_OK).catch(() => {
    throw new PanelError('refused', `${folder} may not be read by you: mend its permissions.`);
  });
  return realpath(folder);
}

/** A folder that is a model is not searched further. */
async function modelsUnder(folder: string, depth: number): Promise<string[]> {
  // A closed folder below an open one hides its models, not the others.
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  if (entries.some((entry) => entry.name === 'config.json')) return [folder];
  if (depth === 0) return [];
  const inside = entries.filter(
    (entry) => entry.isDirectory() && !entry.name.startsWith('.') && !skipped.has(entry.name),
  );
  const found = await Promise.all(inside.map((entry) => modelsUnder(join(folder, entry.name), depth - 1)));
  return found.flat();
}
