import { checkNode, nodeModules } from './lib/node-modules.mjs';
import { at } from './lib/places.mjs';
import { pythonEnv } from './lib/python-env.mjs';
import { run } from './lib/run.mjs';
import { guarded } from './lib/say.mjs';
import { pythonEnvironment } from './lib/venv.mjs';

/** Formats everything, as `npm run check` wants it. */
await guarded(async () => {
  checkNode();
  await nodeModules();
  const python = await pythonEnvironment({ dev: true });
  const biome = [at('node_modules', '@biomejs', 'biome', 'bin', 'biome'), 'format', '--write', '.'];
  for (const [command, words] of [
    [process.execPath, biome],
    [python, ['-m', 'ruff', 'format', 'python']],
  ]) {
    const done = await run(command, words, { cwd: at(), env: pythonEnv() });
    process.exitCode ||= done.code;
  }
});
