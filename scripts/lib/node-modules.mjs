import { existsSync } from 'node:fs';
import { at } from './places.mjs';
import { failed, npm } from './run.mjs';
import { Problem, step } from './say.mjs';
import { fingerprint, isStamped, stamp } from './stamp.mjs';

export function checkNode(version = process.versions.node) {
  const [major, minor] = version.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  throw new Problem(`Node ${version} is too old: install Node 20.19 or newer (22 and 24 work) and try again.`);
}

export async function nodeModules() {
  const mark = at('node_modules', '.headroom-stamp');
  const wanted = fingerprint(['package.json', 'package-lock.json'], process.platform, process.arch);
  if (isStamped(mark, wanted)) return;
  step('installing node modules (about a minute the first time)');
  // No install script of a package runs, except node-pty's, which is run explicitly below.
  const done = await npm(['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: at() });
  if (done.code !== 0) throw failed('Installing the node modules', done.output);
  await buildTerminal();
  stamp(mark, wanted);
}

async function buildTerminal() {
  const built = existsSync(at('node_modules', 'node-pty'))
    ? await npm(['rebuild', 'node-pty', '--loglevel=error'], { cwd: at(), quiet: true })
    : { code: 1 };
  if (built.code !== 0) {
    step('node-pty could not be built (a C++ compiler and make are needed); the backend will run on pipes instead.');
  }
}
