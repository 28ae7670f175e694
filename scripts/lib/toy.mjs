import { existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { causeOf, explain } from './causes.mjs';
import { at, dataFolder } from './places.mjs';
import { pythonEnv } from './python-env.mjs';
import { logged } from './run.mjs';
import { Interrupted, step, timed } from './say.mjs';
import { isWritable } from './stamp.mjs';

/** Creates the toy model, for a machine without any model. The panel opens without it, and one line says so. */
export async function toyModel(python) {
  let reason = null;
  try {
    const target = join(dataFolder(), 'models', 'tiny-llama');
    if (existsSync(join(target, 'config.json'))) return;
    reason = unwritable(target) ?? (await create(python, target));
  } catch (error) {
    if (error instanceof Interrupted) throw error;
    reason = explain(error)?.split(': ')[0] ?? error.message;
  }
  if (reason === null) return;
  const short = reason.replace(/\.$/, '');
  step(
    `no toy model: ${short}. The panel opens without it, for your own models; HEADROOM_HOME names another data folder.`,
  );
}

/** Checked first, because Node words a read-only file system differently. */
function unwritable(path) {
  let folder = path;
  while (!existsSync(folder) && dirname(folder) !== folder) folder = dirname(folder);
  if (!statSync(folder).isDirectory()) return `${folder} is not a folder`;
  return isWritable(folder) ? null : `${folder} cannot be written`;
}

/** Why it could not be created, or null. */
async function create(python, target) {
  // Later it also holds results and logs, which other users must not read.
  mkdirSync(dirname(dirname(target)), { recursive: true, mode: 0o700 });
  let reason = null;
  await timed(`creating the toy model in ${target} (8 MB)`, async () => {
    const options = { cwd: at('python'), env: { ...pythonEnv(), HF_HUB_OFFLINE: '1' }, umask: 0o077 };
    const done = await logged(python, ['-m', 'lbs.models.toy', target], options);
    if (done.code === 0) return;
    reason = causeOf(done.output)?.split(': ')[0] ?? done.output.trim().split('\n').at(-1);
    return 'not created';
  });
  return reason;
}
