import { execFileSync } from 'node:child_process';
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import type { ControlPlane } from '../../electron/core/control-plane.ts';
import { makeWorld, model, rounds, SOON, submit, times, type World, waitRun, withPlane } from './faults.ts';

/** A disk of 4 MiB for the results; null where this user may not mount one. */
async function smallDisk(world: World): Promise<{ folder: string; fill(): void; free(): void; remove(): void } | null> {
  const folder = join(world.home, 'small');
  await mkdir(folder);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', folder], { stdio: 'ignore' });
  } catch {
    return null;
  }
  const filler = join(folder, 'filler');
  return {
    folder,
    fill() {
      const file = openSync(filler, 'w');
      try {
        for (;;) writeSync(file, Buffer.alloc(4_096));
      } catch {
        closeSync(file);
      }
    },
    free: () => rmSync(filler, { force: true }),
    remove: () => void execFileSync('umount', [folder]),
  };
}

const storage = (plane: ControlPlane) => plane.state().backend.storage;

it.runIf(process.platform === 'linux' && process.getuid?.() === 0)(
  'a full disk in mid-run: the run pauses, the panel says what is not saved, and all continues when there is room',
  async () => {
    const world = await makeWorld('light');
    const disk = await smallDisk(world);
    if (!disk) return world.remove();
    world.env.LBS_DB_PATH = join(disk.folder, 'results.db');
    const steps = await model(world, 'steps-slow');
    const good = await model(world, 'good');
    await withPlane(world, async (plane) => {
      await rounds('disk filled in mid-run', times(1, 20), async (number) => {
        const first = await submit(plane, steps);
        const next = await submit(plane, good);
        await waitRun(plane, first, 'processing');
        disk.fill();
        await vi.waitFor(() => expect(storage(plane)).toMatchObject({ state: 'unsaved' }), SOON);
        if (number % 2 === 0) await plane.handlers['runs.whenUnsaved']({ choice: 'continue' });
        const unsaved = await vi.waitFor(async () => {
          const run = await plane.handlers['runs.get']({ req_id: first });
          if (number % 2 === 0) expect(storage(plane)).toMatchObject({ unsaved_results: 1 });
          else expect(run.paused).toBe(true);
          expect(run.unsaved_items).toBeGreaterThan(0);
          return run.unsaved_items;
        }, SOON);
        expect(storage(plane)).toMatchObject({ unsaved_items: unsaved, sentence: { code: 'lbs.store.full' } });
        await waitRun(plane, next, 'queued');
        disk.free();
        expect((await waitRun(plane, first, 'completed')).result).toEqual({ score: 1 });
        await waitRun(plane, next, 'completed');
        await vi.waitFor(() => expect(storage(plane)).toMatchObject({ unsaved_items: 0, unsaved_results: 0 }), SOON);
        await plane.handlers['runs.whenUnsaved']({ choice: 'pause' });
      });
      await rounds('restart with a full disk', times(0, 10), () => keepsTheQueue(plane, disk, [steps, good]));
    }).finally(disk.remove);
    await world.remove();
  },
);

/** A restart with a full disk loses what the question named, and not the queue. */
async function keepsTheQueue(plane: ControlPlane, disk: { fill(): void; free(): void }, models: [string, string]) {
  const first = await submit(plane, models[0]);
  const next = await submit(plane, models[1]);
  await waitRun(plane, first, 'processing');
  disk.fill();
  await vi.waitFor(() => expect(storage(plane)).toMatchObject({ state: 'unsaved' }), SOON);
  // It fails while the disk is full.
  await Promise.resolve(plane.handlers['backend.restart']({ when: 'now' })).catch(() => undefined);
  await vi.waitFor(() => expect(plane.state().backend.phase).toMatch(/^(failed|ready)$/), SOON);
  disk.free();
  await plane.handlers['backend.start']({});
  await waitRun(plane, next, 'completed');
  await waitRun(plane, first, 'failed');
}
