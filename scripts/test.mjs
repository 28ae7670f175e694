import { existsSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { build } from './lib/build.mjs';
import { findChrome } from './lib/chrome.mjs';
import { installedElectron } from './lib/electron.mjs';
import { at } from './lib/places.mjs';
import { pythonEnv } from './lib/python-env.mjs';
import { ask, run } from './lib/run.mjs';
import { guarded, step } from './lib/say.mjs';
import { setup } from './setup.mjs';

const reporters = ['--reporter', 'default', '--reporter', at('scripts', 'lib', 'failures-reporter.mjs')];
/** In CI a failed test runs once more, and the summary names it: a busy machine fails one test in some hundreds. */
const again = process.env.CI
  ? { vitest: ['--retry', '1'], pytest: ['--reruns', '1', '-rR'] }
  : { vitest: [], pytest: [] };

const vitest = (words, env) => [
  process.execPath,
  [at('node_modules', 'vitest', 'vitest.mjs'), 'run', ...reporters, ...again.vitest, ...words],
  env,
];

/** The summary lines of a test runner's output, without colours. */
function summary(output) {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colour sequences begin with the escape character
  const plain = output.replace(/\x1b\[[0-9;]*m/g, '').split('\n');
  return plain.filter((line) =>
    /^\s*(Test Files|Tests|Duration)\s|^=+ .*(passed|failed|error).*=+$|^\d+ (passed|failed)|^real model: |^(FAILED|RERUN|ERROR) /.test(
      line,
    ),
  );
}

/** The command that runs the window test, or why it is skipped. */
async function desktop() {
  const electron = installedElectron();
  if (!electron) return { skip: 'desktop: skipped, no Electron binary (set ELECTRON_OVERRIDE_DIST_PATH)' };
  const display = process.env.DISPLAY || process.platform !== 'linux';
  if (!display && ask('xvfb-run', ['--help']) === null) return { skip: 'desktop: skipped, no display and no xvfb-run' };
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
 * torch would use every core for models that are too small for it: beside other work its threads wait for each other ten
 * times as long as they compute.
 */
const ONE_CORE = { OMP_NUM_THREADS: '1' };

/** As many pytest processes as there are cores, at least two, since some tests wait. A group stays in one process. */
const parallel = ['-n', String(Math.min(4, Math.max(2, availableParallelism()))), '--dist', 'loadgroup'];

/** Three lanes that run in parallel: pytest computes while the others mostly wait. */
async function lanes(python) {
  const chrome = await findChrome();
  const window = await desktop();
  return [
    // It computes, the others wait for real processes: they get a core when they need one.
    [
      {
        name: 'pytest',
        run: [python, ['-m', 'pytest', '-q', ...parallel, ...again.pytest], {}, { cwd: at('python'), nice: 5 }],
      },
    ],
    [
      {
        name: 'vitest (unit, renderer)',
        run: vitest(['--project', 'unit*', '--project', 'renderer', '--passWithNoTests']),
      },
      { name: 'faults (short form)', folder: 'test/faults', run: vitest(['--project', 'faults']) },
      {
        name: 'integration',
        folder: 'test/integration',
        run: vitest(['--project', 'integration', 'test/integration']),
      },
      { name: 'desktop', folder: 'test/desktop', ...window },
    ],
    [
      chrome
        ? {
            name: `browser (${chrome})`,
            folder: 'test/browser',
            run: vitest(['--project', 'integration', 'test/browser'], { HEADROOM_CHROME: chrome }),
          }
        : { name: 'browser', skip: 'browser: skipped, no Chrome or Chromium found' },
    ],
  ];
}

/** Runs one suite; returns its lines of the final summary. */
async function runSuite(suite) {
  if (suite.skip) return [suite.skip];
  if (suite.folder && !existsSync(at(suite.folder))) return [`${suite.name}: skipped, ${suite.folder} does not exist`];
  step(`running ${suite.name}`);
  const [command, words, env, options] = suite.run;
  const done = await run(command, words, {
    cwd: at(),
    quiet: true,
    tail: 200_000,
    ...options,
    env: { ...pythonEnv(), ...ONE_CORE, ...env },
  });
  // In one piece: lines of the other lanes would interleave.
  console.log(`\n${suite.name}:\n${done.output}`);
  if (done.code !== 0) process.exitCode = 1;
  return [`${suite.name}: ${done.code === 0 ? 'passed' : 'FAILED'}`, ...summary(done.output)];
}

await guarded(async () => {
  const { python } = await setup({ dev: true });
  const lines = await Promise.all(
    (await lanes(python)).map(async (lane) => {
      const results = [];
      for (const suite of lane) results.push(...(await runSuite(suite)));
      return results;
    }),
  );
  console.log(`\n${lines.flat().join('\n')}`);
});
