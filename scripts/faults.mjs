import { at } from './lib/places.mjs';
import { pythonEnv } from './lib/python-env.mjs';
import { run } from './lib/run.mjs';
import { guarded } from './lib/say.mjs';
import { setup } from './setup.mjs';

/**
 * Injects every fault as often as the table in docs/facts-platform.md says, and sends a thousand requests to each call of the API;
 * `npm test` does a few of both. Takes most of an hour.
 */
await guarded(async () => {
  const { python } = await setup({ dev: true });
  const words = [at('node_modules', 'vitest', 'vitest.mjs'), 'run', '--project', 'faults', ...process.argv.slice(2)];
  const done = await run(process.execPath, words, { cwd: at(), env: { ...pythonEnv(), HEADROOM_FAULTS: 'full' } });
  // The long forms of what `npm test` compares on a real model, asks of the API, damages, traces, and compares with real cards.
  const environment = { cwd: at('python'), env: { ...pythonEnv(), HEADROOM_FAULTS: 'full' } };
  const compared = await run(python, ['-m', 'pytest', '-q', '-m', 'real_model'], environment);
  const asked = await run(python, ['-m', 'pytest', '-q', 'tests/api/test_schema.py'], environment);
  const recovered = await run(python, ['-m', 'pytest', '-q', 'tests/store/test_recover.py'], environment);
  const traced = await run(
    python,
    [
      '-m',
      'pytest',
      '-q',
      'tests/plan',
      'tests/truth',
      'tests/worker',
      'tests/benchmarks',
      'tests/api/test_api_plan.py',
      'tests/queue/test_order.py',
    ],
    environment,
  );
  process.exitCode = done.code || compared.code || asked.code || recovered.code || traced.code;
});
