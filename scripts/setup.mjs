import { pathToFileURL } from 'node:url';
import { build } from './lib/build.mjs';
import { fetchElectron, windowProblem } from './lib/electron.mjs';
import { checkNode, nodeModules } from './lib/node-modules.mjs';
import { guarded, Problem } from './lib/say.mjs';
import { toyModel } from './lib/toy.mjs';
import { pythonEnvironment } from './lib/venv.mjs';

/** Everything that start and test need; each step looks first and does nothing where nothing changed. */
export async function setup({ dev = false, desktop = false } = {}) {
  checkNode();
  await nodeModules();
  const python = await pythonEnvironment({ dev });
  await build();
  await toyModel(python);
  if (desktop && windowProblem() === null) await fetchElectron();
  return { python };
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  await guarded(() => {
    const odd = process.argv.slice(2).find((word) => word !== '--dev');
    if (odd) throw new Problem(`${odd} is not known: npm run setup -- [--dev].`);
    return setup({ dev: process.argv.includes('--dev'), desktop: true });
  });
}
