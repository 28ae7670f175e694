import { existsSync } from 'node:fs';
import { at } from './places.mjs';
import { failed, run } from './run.mjs';
import { step } from './say.mjs';
import { fingerprint, isStamped, stamp, unstamp } from './stamp.mjs';

const SOURCES = [
  'electron',
  'renderer',
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
  step(`building the panel${old ? ' for the test Electron' : ''}`);
  unstamp(mark);
  const env = { ...process.env, ...(old ? { HEADROOM_TEST_ELECTRON: '22' } : {}) };
  const script = at('node_modules', 'electron-vite', 'bin', 'electron-vite.js');
  const done = await run(process.execPath, [script, 'build', '--logLevel', 'warn'], { cwd: at(), env });
  if (done.code !== 0) throw failed('Building the panel', done.output);
  stamp(mark, wanted);
}
