import { at } from './lib/places.mjs';
import { pythonEnv } from './lib/python-env.mjs';
import { run } from './lib/run.mjs';
import { guarded } from './lib/say.mjs';
import { setup } from './setup.mjs';

const bin = (name) => at('node_modules', '.bin', process.platform === 'win32' ? `${name}.cmd` : name);

/** Runs types, lint with the import rules, formatting, Python's types and lint, and unit tests; shows all failures. */
await guarded(async () => {
  const { python } = await setup({ dev: true });
  const py = (...words) => [python, ['-m', ...words], at('python')];
  const lanes = [
    [
      [bin('tsc'), ['-p', 'tsconfig.node.json'], at()],
      [bin('tsc'), ['-p', 'tsconfig.web.json'], at()],
      [bin('biome'), ['ci', '--error-on-warnings'], at()],
      [bin('vitest'), ['run', '--project', 'unit*', '--project', 'renderer', '--passWithNoTests'], at()],
    ],
    [
      py('ruff', 'check', '--config', 'pyproject.toml', '.', at('test', 'bench')),
      py('ruff', 'format', '--config', 'pyproject.toml', '--check', '.', at('test', 'bench')),
      py('mypy', '.', at('test', 'bench')),
      [python, ['-c', 'from importlinter.cli import lint_imports_command as c; c()'], at('python')],
      py('pytest', '-q', '-m', 'not gpu and not slow'),
    ],
  ];
  const failures = [];
  await Promise.all(
    lanes.map(async (lane) => {
      for (const [command, words, cwd] of lane) {
        const done = await run(command, words, {
          cwd,
          quiet: true,
          env: pythonEnv(),
          shell: process.platform === 'win32',
        });
        const name = [command.split(/[\\/]/).at(-1), ...words.filter((word) => word !== '-m')].join(' ').slice(0, 60);
        console.log(`${done.code === 0 ? 'ok    ' : 'FAILED'}  ${name}`);
        if (done.code !== 0) failures.push(done.output);
      }
    }),
  );
  if (failures.length === 0) return;
  console.error(failures.join('\n'));
  process.exitCode = 1;
});
