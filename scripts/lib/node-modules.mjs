import { existsSync, readdirSync } from 'node:fs';
import { notWritable } from './causes.mjs';
import { at } from './places.mjs';
import { recover, replacing } from './put-back.mjs';
import { pythonEnv } from './python-env.mjs';
import { failed, npm } from './run.mjs';
import { Problem, step, timed } from './say.mjs';
import { fingerprint, isStamped, isWritable, stamp, stamped } from './stamp.mjs';

export function checkNode(version = process.versions.node) {
  const [major, minor] = version.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  throw new Problem(`Node ${version} is too old: install Node 20.19 or newer (22 and 24 work) and try again.`);
}

/** An older npm reads package-lock.json of another format. */
function checkNpm(agent = process.env.npm_config_user_agent) {
  const version = /\bnpm\/(\d+)\S*/.exec(agent ?? '');
  if (!version || Number(version[1]) >= 8) return;
  throw new Problem(`${version[0].replace('/', ' ')} is too old: run npm install -g npm@10 and try again.`);
}

export async function nodeModules() {
  const folder = at('node_modules');
  const mark = at('node_modules', '.headroom-stamp');
  recover(folder, stamped(mark));
  const wanted = fingerprint(['package.json', 'package-lock.json'], process.platform, process.arch);
  if (isStamped(mark, wanted)) return;
  checkNpm();
  if (!isWritable(at())) throw new Problem(notWritable(at()));
  await replacing(folder, {}, async () => {
    await timed('installing node modules (180 MB)', async () => {
      // No install script of a package runs, except node-pty's, which is run explicitly below. NODE_ENV=production omits dev.
      const kinds = ['--include=dev', '--include=optional'];
      const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
      const done = await npm(['ci', ...kinds, ...quiet], { cwd: at() });
      if (done.code !== 0) throw failed('Installing the node modules', done.output);
    });
    await buildTerminal();
    stamp(mark, wanted);
  });
}

/** Whether node-pty has a binary for this machine: npm reports success where its scripts are switched off. */
function hasTerminal() {
  const folder = at('node_modules', 'node-pty');
  const files = ['build/Release', `prebuilds/${process.platform}-${process.arch}`].map((name) =>
    at('node_modules', 'node-pty', name),
  );
  return (
    existsSync(folder) &&
    files.some((name) => existsSync(name) && readdirSync(name).some((file) => file.endsWith('.node')))
  );
}

async function buildTerminal() {
  if (existsSync(at('node_modules', 'node-pty'))) {
    const options = { cwd: at(), env: pythonEnv() };
    // node-gyp runs Python.
    await npm(['rebuild', 'node-pty', '--ignore-scripts=false', '--loglevel=error'], options);
  }
  if (hasTerminal()) return;
  step('node-pty could not be built (a C++ compiler and make are needed); the backend will run on pipes instead.');
}
