import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { ask, run } from './run.mjs';
import { step } from './say.mjs';

const names = ['google-chrome', 'google-chrome-stable', 'chromium', 'chromium-browser', 'microsoft-edge'];
const elsewhere = {
  darwin: [
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
  ],
  win32: [
    'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
    'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe',
  ],
};

const installed = () =>
  [
    ...(process.env.PATH ?? '').split(delimiter).flatMap((folder) => names.map((name) => join(folder, name))),
    ...(elsewhere[process.platform] ?? []),
  ].find((file) => existsSync(file)) ?? null;

/** A browser for the tests: an installed one, else Debian's package where root can install it; null where neither works. */
export async function findChrome() {
  const found = process.env.HEADROOM_CHROME || installed();
  if (found) return found;
  if (process.platform !== 'linux' || process.getuid() !== 0 || ask('apt-get', ['--version']) === null) return null;
  step('installing chromium for the browser tests');
  await run('apt-get', ['install', '-y', '-qq', 'chromium'], { quiet: true });
  return installed();
}
