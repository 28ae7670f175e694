import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { at, dataFolder } from './places.mjs';
import { failed, run } from './run.mjs';
import { step } from './say.mjs';

/** Creates the toy model, for a machine without any model. */
export async function toyModel(python) {
  const target = join(dataFolder(), 'models', 'tiny-llama');
  if (existsSync(join(target, 'config.json'))) return;
  step(`creating the toy model in ${target}`);
  const env = { ...process.env, HF_HUB_OFFLINE: '1' };
  const done = await run(python, ['-m', 'lbs.models.toy', target], { cwd: at('python'), env, quiet: true });
  if (done.code !== 0) throw failed('Creating the toy model', done.output);
}
