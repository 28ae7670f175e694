import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

const shared = { pool: 'forks', testTimeout: 20_000 } as const;

export default defineConfig({
  test: {
    // Most of a test is waiting for a process: more of them at once than there are cores.
    maxWorkers: Math.max(3, availableParallelism() - 1),
    projects: [
      { test: { ...shared, name: 'unit', include: ['electron/**/*.test.ts', 'test/unit/**/*.test.ts'] } },
      { test: { ...shared, name: 'renderer', include: ['renderer/**/*.test.{ts,tsx}'], environment: 'happy-dom' } },
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
