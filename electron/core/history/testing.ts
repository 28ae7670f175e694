/** Shared by the tests of the history. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundle } from '#bundle';
import type { GpuSample, Notice, Tick, WindowRequest } from '#contract';
import { gpuSample, tickOf } from '#samples';
import { createHistory, type History } from './index.ts';

export const NOW = Date.UTC(2026, 10, 26, 20);
export const HOUR = 3_600_000;

/** A temporary folder, and every history opened in it. */
export async function historyWorld() {
  const folder = await mkdtemp(join(tmpdir(), 'headroom-history-'));
  const notices: Pick<Notice, 'level' | 'code' | 'sentence'>[] = [];
  const all: History[] = [];
  return {
    folder,
    notices,
    async open(options: { retryMs?: number } = {}) {
      const history = await createHistory({ folder, notify: (notice) => notices.push(notice), ...options });
      all.push(history);
      return history;
    },
    async remove() {
      await Promise.all(all.map((history) => history.stop()));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export const used = (time: number, memoryUsedMiB: number | null, more: Partial<GpuSample> = {}): Tick =>
  tickOf(time, gpuSample({ memoryUsedMiB, ...more }));

/** An hour of one GPU's memory. */
export const windowOver = (given: Partial<WindowRequest> = {}): WindowRequest => ({
  ...{ source: 'GPU-0', metrics: ['memoryUsedMiB'], from: NOW, to: NOW + HOUR, width: 1_000 },
  ...given,
});

/** Adds a sample every `stepMs`, valued by its number; flushes regularly, as the timer would. */
export async function fill(history: History, count: number, stepMs: number, value = (i: number): number | null => i) {
  for (let i = 0; i < count; i += 1) {
    history.addTick(used(NOW + i * stepMs, value(i)));
    if (i % 1_000 === 999) await history.flush();
  }
}

/** Bundles the real code as `index.mjs` in that folder, for a separate process. */
export const buildHistory = (outDir: string) => bundle(join(import.meta.dirname, 'index.ts'), outDir);
