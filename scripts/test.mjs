import { existsSync, writeFileSync } from 'node:fs';
import { build } from './lib/build.mjs';
import { findChrome } from './lib/chrome.mjs';
import { installedElectron } from './lib/electron.mjs';
import { at } from './lib/places.mjs';
import { ask, run } from './lib/run.mjs';
import { guarded, step } from './lib/say.mjs';
import { setup } from './setup.mjs';

const vitest = (words, env) => [process.execPath, [at('node_modules', 'vitest', 'vitest.mjs'), 'run', ...words], env];

/** The last lines in which a runner says how it went, without colours. */
function closing(output) {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colour sequences begin with the escape character
  const plain = output.replace(/\x1b\[[0-9;]*m/g, '').split('\n');
  return plain.filter((line) =>
    /^\s*(Test Files|Tests|Duration)\s|^=+ .*(passed|failed|error).*=+$|^\d+ passed/.test(line),
  );
}

/** Which Electron the window test can drive, with the words to start it; null and the reason where none. */
async function desktop() {
  const electron = installedElectron();
  if (!electron) return { skip: 'desktop: not run, no Electron binary here (set ELECTRON_OVERRIDE_DIST_PATH)' };
  const display = process.env.DISPLAY || process.platform !== 'linux';
  if (!display && ask('xvfb-run', ['--help']) === null) return { skip: 'desktop: not run, no display and no xvfb-run' };
  if (!electron.current) await build({ old: true });
  const out = electron.current ? 'out' : 'out-test';
  writeFileSync(
    at(out, 'package.json'),
    JSON.stringify({ name: 'headroom-panel', productName: 'Headroom', main: 'main/main.js' }),
  );
  const env = {
    HEADROOM_TEST_ELECTRON_PATH: electron.path,
    HEADROOM_TEST_ELECTRON_APP: at(out),
    HEADROOM_TEST_ELECTRON_OLD: electron.current ? '' : '1',
  };
  const [command, words] = vitest(['--project', 'integration', 'test/desktop']);
  return display ? { run: [command, words, env] } : { run: ['xvfb-run', ['-a', command, ...words], env] };
}

/**
 * torch would take every core for models that are too small for it, and its threads wait for each other ten times as long
 * as they compute where something else runs beside.
 */
const ONE_CORE = { OMP_NUM_THREADS: '1' };

/** Two lanes that run beside each other: Python computes on one core while the others mostly wait. */
async function lanes(python) {
  const chrome = await findChrome();
  const window = await desktop();
  return [
    [{ name: 'pytest', quiet: true, run: [python, ['-m', 'pytest', '-q'], {}, { cwd: at('python') }] }],
    [
      {
        name: 'vitest (unit, renderer)',
        run: vitest(['--project', 'unit', '--project', 'renderer', '--passWithNoTests']),
      },
      { name: 'faults (short form)', folder: 'test/faults', run: vitest(['--project', 'faults']) },
      {
        name: 'integration',
        folder: 'test/integration',
        run: vitest(['--project', 'integration', 'test/integration']),
      },
      chrome
        ? {
            name: `browser (${chrome})`,
            folder: 'test/browser',
            run: vitest(['--project', 'integration', 'test/browser'], { HEADROOM_CHROME: chrome }),
          }
        : { name: 'browser', skip: 'browser: not run, no Chrome or Chromium was found' },
      { name: 'desktop', folder: 'test/desktop', ...window },
    ],
  ];
}

/** What is said of one suite at the end. */
async function report(suite) {
  if (suite.skip) return [suite.skip];
  if (suite.folder && !existsSync(at(suite.folder)))
    return [`${suite.name}: not run, ${suite.folder} does not exist yet`];
  step(`running ${suite.name}`);
  const [command, words, env, options] = suite.run;
  const { quiet = false } = suite;
  const done = await run(command, words, {
    cwd: at(),
    quiet,
    ...options,
    env: { ...process.env, ...ONE_CORE, ...env },
  });
  // In one piece: the other lane's lines would stand between them.
  if (quiet) console.log(`\n${suite.name}:\n${done.output}`);
  if (done.code !== 0) process.exitCode = 1;
  return [`${suite.name}: ${done.code === 0 ? 'passed' : 'FAILED'}`, ...closing(done.output)];
}

await guarded(async () => {
  const { python } = await setup({ dev: true });
  const lines = await Promise.all(
    (await lanes(python)).map(async (lane) => {
      const told = [];
      for (const suite of lane) told.push(...(await report(suite)));
      return told;
    }),
  );
  console.log(`\n${lines.flat().join('\n')}`);
});
