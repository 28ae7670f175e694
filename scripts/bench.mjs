import { findChrome } from './lib/chrome.mjs';
import { at } from './lib/places.mjs';
import { pythonEnv } from './lib/python-env.mjs';
import { run } from './lib/run.mjs';
import { guarded, step } from './lib/say.mjs';
import { setup } from './setup.mjs';

await guarded(async () => {
  const { python } = await setup({ dev: true });
  const done = await run(
    process.execPath,
    [at('node_modules', 'vitest', 'vitest.mjs'), 'bench', '--run', '--project', 'bench'],
    { cwd: at(), env: pythonEnv() },
  );
  process.exitCode = done.code;
  const chrome = await findChrome();
  if (!chrome) step('charts: skipped, no Chrome or Chromium found');
  const charts = chrome ? [] : ['--exclude', '**/charts.measure.ts', '--exclude', '**/runs-table.measure.ts'];
  // The integration test of a log flood, with more output: it prints its measurements and checks tighter bounds.
  for (const [project, ...filter] of [
    ['measure', 'test/bench', ...charts],
    ['integration', 'test/integration/log-flood.test.ts'],
  ]) {
    const vitest = [at('node_modules', 'vitest', 'vitest.mjs'), 'run', '--project', project, ...filter];
    const measured = await run(process.execPath, vitest, {
      cwd: at(),
      env: { ...pythonEnv(), HEADROOM_CHROME: chrome ?? '', HEADROOM_FLOOD_MIB: '1024' },
    });
    process.exitCode ||= measured.code;
  }
  for (const name of ['plan_bench.py', 'ceval_bench.py', 'watch_bench.py', 'records_bench.py']) {
    const bench = await run(python, [at('test', 'bench', name)], {
      cwd: at('python'),
      env: { ...pythonEnv(), PYTHONPATH: at('python') },
    });
    process.exitCode ||= bench.code;
  }
});
