import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { headroom } from '../fixtures/headroom.ts';

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'headroom-top-'));
});
afterEach(() => rm(home, { recursive: true, force: true }));

const figure = z.number().nullable();
const answer = z.object({
  time: z.iso.datetime(),
  source: z.enum(['nvidia-smi', 'emulator', 'none']),
  gpus: z.array(
    z.object({
      index: z.number(),
      uuid: z.string(),
      name: z.string(),
      state: z.enum(['ok', 'lost', 'needs_reset', 'no_permission', 'unknown_error']),
      memory_total_mib: figure,
      memory_used_mib: figure,
      memory_reserved_mib: figure,
      utilization_gpu: figure,
      temperature: figure,
      power_draw_w: figure,
      reasons: z.record(z.string(), z.string()),
    }),
  ),
  processes: z.array(z.object({ pid: z.number(), gpu_uuid: z.string(), used_memory_mib: figure })),
});

/** An nvidia-smi that fails with a message. */
async function failing(exitCode: number, says: string): Promise<Record<string, string>> {
  const path = join(home, 'nvidia-smi');
  await writeFile(path, `#!/bin/sh\necho "${says}"\nexit ${exitCode}\n`);
  await chmod(path, 0o755);
  return { HEADROOM_NVIDIA_SMI: path };
}

describe('headroom top', () => {
  it('prints every value once, and why one is unavailable', async () => {
    const { code, out, err } = await headroom(home, ['top', '--once', '--json'], { LBS_EMULATED_GPUS: '24GiB,8GiB' });
    expect(err).toBe('');
    expect(code).toBe(0);
    const { source, gpus } = answer.parse(JSON.parse(out));
    expect(source).toBe('emulator');
    expect(gpus.map((gpu) => gpu.memory_total_mib)).toEqual([24 * 1024, 8 * 1024]);
    for (const gpu of gpus) {
      const missing = Object.keys(gpu).filter((name) => gpu[name as keyof typeof gpu] === null);
      expect(Object.keys(gpu.reasons)).toEqual(expect.arrayContaining(missing));
    }
  });

  it('prints a table', async () => {
    const { code, out } = await headroom(home, ['top', '--once']);
    expect(code).toBe(0);
    expect(out).toMatch(/GPU +NAME .*MEMORY MiB/);
    expect(out).toMatch(/ 0 +Emulated GPU 256 MiB +ok +\d+ \/ 256 /);
  });

  it.each([
    [9, "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver.", 'no_driver', /modprobe/],
    [18, 'Failed to initialize NVML: Driver/library version mismatch', 'version_mismatch', /restart the machine/],
  ])('exit %i of nvidia-smi: its name and the remedy on stderr, and no figures', async (exit, says, name, remedy) => {
    const { code, out, err } = await headroom(home, ['top', '--once', '--json'], await failing(exit, says));
    expect(code).toBe(1);
    expect(out).toBe('');
    expect(err).toContain(`headroom: ${name}: ${says}`);
    expect(err).toMatch(remedy);
  });

  it('rejects an unknown argument', async () => {
    const { code, out, err } = await headroom(home, ['top', '--jsn']);
    expect(code).toBe(2);
    expect(out).toBe('');
    expect(err).toContain('unknown argument --jsn');
  });
});
