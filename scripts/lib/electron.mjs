import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { causeOf } from './causes.mjs';
import { at } from './places.mjs';
import { logged } from './run.mjs';
import { timed } from './say.mjs';
import { isWritable, stamp } from './stamp.mjs';

const OLDEST = 30;
const DAY = 86_400_000;
const program =
  { win32: 'electron.exe', darwin: 'Electron.app/Contents/MacOS/Electron' }[process.platform] ?? 'electron';

/** Reads the files: importing the package in Node would start a download. */
export function installedElectron(env = process.env) {
  const dist = env.ELECTRON_OVERRIDE_DIST_PATH || at('node_modules', 'electron', 'dist');
  const path = join(dist, program);
  if (!existsSync(path)) return null;
  const file = join(dist, 'version');
  const version = existsSync(file) ? readFileSync(file, 'utf8').trim().replace(/^v/, '') : '0';
  return { path, dist, version, current: Number.parseInt(version, 10) >= OLDEST };
}

/** Why no window can be opened here, or null where one can. */
export function windowProblem(env = process.env) {
  if (process.platform === 'linux' && !env.DISPLAY && !env.WAYLAND_DISPLAY) return 'There is no display.';
  if (process.platform === 'linux' && process.getuid() === 0) return "Electron's sandbox does not work for root.";
  return null;
}

/** Downloads Electron's binary where it is missing. A failed download is not retried for a day. */
export async function fetchElectron() {
  // Another user's checkout is served to a browser.
  if (installedElectron() || !isWritable(at('node_modules'))) return;
  const mark = at('node_modules', '.headroom-electron-failed');
  if (existsSync(mark) && Date.now() - statSync(mark).mtimeMs < DAY) return;
  const script = at('node_modules', 'electron', 'install.js');
  await timed('downloading Electron (100 MB)', async () => {
    const done = await logged(process.execPath, [script], { cwd: at(), timeout: 600_000 });
    if (done.code === 0) return;
    stamp(mark, done.output);
    return causeOf(done.output)?.split(':')[0] ?? 'not downloaded';
  });
}
