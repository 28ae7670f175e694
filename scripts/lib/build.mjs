import { existsSync } from 'node:fs';
import { notWritable } from './causes.mjs';
import { at } from './places.mjs';
import { failed, logged } from './run.mjs';
import { Problem, timed } from './say.mjs';
import { fingerprint, isStamped, isWritable, stamp, unstamp } from './stamp.mjs';

const SOURCES = [
  'electron',
  'renderer',
  'scripts/lib/torch-wheels.mjs',
  'scripts/lib/python-env.mjs',
  'package.json',
  'electron.vite.config.ts',
  'tsconfig.base.json',
  'tsconfig.web.json',
];

/** Builds main, serve, preload and page; `old` builds them for the desktop test's Electron, into out-test. */
export async function build({ old = false } = {}) {
  const out = old ? 'out-test' : 'out';
  const mark = at(out, '.headroom-stamp');
  const wanted = fingerprint(SOURCES, out);
  if (isStamped(mark, wanted) && existsSync(at(out, 'main', 'main.js'))) return;
  const folder = existsSync(at(out)) ? at(out) : at();
  if (!isWritable(folder)) throw new Problem(notWritable(folder));
  await timed(`building the panel${old ? ' for the test Electron' : ''}`, async () => {
    unstamp(mark);
    // The person's NODE_ENV might build React for development.
    const env = { ...process.env, NODE_ENV: 'production', ...(old ? { HEADROOM_TEST_ELECTRON: '22' } : {}) };
    const script = at('node_modules', 'electron-vite', 'bin', 'electron-vite.js');
    const done = await logged(process.execPath, [script, 'build', '--logLevel', 'warn'], { cwd: at(), env });
    if (done.code !== 0) throw failed('Building the panel', done.output);
    stamp(mark, wanted);
  });
}
