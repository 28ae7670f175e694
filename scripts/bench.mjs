import { at } from './lib/places.mjs';
import { run } from './lib/run.mjs';
import { guarded } from './lib/say.mjs';
import { setup } from './setup.mjs';

await guarded(async () => {
  await setup({ dev: true });
  const done = await run(
    process.execPath,
    [at('node_modules', 'vitest', 'vitest.mjs'), 'bench', '--run', '--project', 'bench'],
    { cwd: at() },
  );
  process.exitCode = done.code;
});
