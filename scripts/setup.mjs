import { pathToFileURL } from 'node:url';
import { build } from './lib/build.mjs';
import { fetchElectron, windowProblem } from './lib/electron.mjs';
import { interruptible } from './lib/interrupt.mjs';
import { forgetLog } from './lib/log.mjs';
import { checkNode, nodeModules } from './lib/node-modules.mjs';
import { guarded, Problem } from './lib/say.mjs';
import { toyModel } from './lib/toy.mjs';
import { pythonEnvironment } from './lib/venv.mjs';

/**
 * Installs and builds what start and test need; a step whose inputs have not changed does nothing. `verify`: also repairs a
 * Python environment that is complete and does not work.
 */
export function setup({ dev = false, desktop = false, verify = false } = {}) {
  checkNode();
  return interruptible(async () => {
    await nodeModules();
    const python = await pythonEnvironment({ dev, verify });
    await build();
    await toyModel(python);
    if (desktop && windowProblem() === null) await fetchElectron();
    forgetLog();
    return { python };
  });
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  await guarded(() => {
    const unknown = process.argv.slice(2).find((word) => word !== '--dev');
    if (unknown) throw new Problem(`unknown argument ${unknown}. Usage: npm run setup -- [--dev]`);
    return setup({ dev: process.argv.includes('--dev'), desktop: true, verify: true });
  });
}
