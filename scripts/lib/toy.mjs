import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { causeOf, explain } from './causes.mjs';
import { at, dataFolder } from './places.mjs';
import { pythonEnv } from './python-env.mjs';
import { logged } from './run.mjs';
import { step, timed } from './say.mjs';

/** Creates the toy model, for a machine without any model. The panel opens without it: one line then says how to get it. */
export async function toyModel(python) {
  try {
    const folder = dataFolder();
    const target = join(folder, 'models', 'tiny-llama');
    if (existsSync(join(target, 'config.json'))) return;
    // Results and logs in it are nobody else's business.
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    let problem = null;
    await timed(`creating the toy model in ${target}`, async () => {
      problem = await create(python, target);
      return problem ? 'not created' : undefined;
    });
    if (problem) without(problem);
  } catch (error) {
    const sentence = explain(error);
    if (sentence === null) throw error;
    without(sentence.replace(/: [^:]*\.$/, ''));
  }
}

/** Why it could not be created, or null. */
async function create(python, target) {
  const env = { ...pythonEnv(), HF_HUB_OFFLINE: '1' };
  const words = ['-m', 'lbs.models.toy', target];
  const done = await logged(python, words, { cwd: at('python'), env, umask: 0o077 });
  if (done.code === 0) return null;
  return causeOf(done.output) ?? done.output.trim().split('\n').at(-1).replace(/\.$/, '');
}

const without = (reason) =>
  step(
    `no toy model (${reason}). The panel works with your own models; set HEADROOM_HOME to a folder that you can write and run npm run setup to get the toy.`,
  );
