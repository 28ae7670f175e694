import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

// Long, since a timeout only catches a hang: other suites may keep the machine busy.
const shared = { pool: 'forks', testTimeout: 60_000 } as const;

/** Tests that mock modules which other tests in the same process may have loaded. */
const mocking = readdirSync(join(import.meta.dirname, 'electron'), { recursive: true, encoding: 'utf8' })
  .map((name) => join('electron', name).replaceAll('\\', '/'))
  .filter((name) => name.endsWith('.test.ts'))
  .filter((name) => readFileSync(join(import.meta.dirname, name), 'utf8').includes('vi.mock('));

export default defineConfig({
  test: {
    // Tests mostly wait for processes: more of them in parallel than cores.
    maxWorkers: Math.max(3, availableParallelism() - 1),
    projects: [
      // Files share a process: loading their modules for each file again takes longer than the tests.
      {
        test: {
          ...shared,
          name: 'unit',
          include: ['electron/**/*.test.ts', 'test/unit/**/*.test.ts', 'scripts/**/*.test.mjs'],
          exclude: mocking,
          isolate: false,
        },
      },
      { test: { ...shared, name: 'unit-mocking', include: mocking } },
      {
        test: {
          ...shared,
          name: 'renderer',
          include: ['renderer/**/*.test.{ts,tsx}'],
          environment: 'happy-dom',
          isolate: false,
        },
      },
      { test: { name: 'bench', include: [], benchmark: { include: ['test/bench/**/*.bench.ts'] } } },
      {
        test: {
          ...shared,
          name: 'measure',
          include: ['test/bench/**/*.measure.ts'],
          testTimeout: 1_800_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          ...shared,
          name: 'faults',
          include: ['test/faults/**/*.test.ts'],
          testTimeout: 3_600_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          ...shared,
          name: 'integration',
          include: ['test/{integration,browser,desktop}/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 180_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
