import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { python, reason, script } from '#emulator';
import { emulatorCommand } from '../emulator/emulator.ts';
import { createGpuMonitor } from '../monitor/monitor.ts';
import { locateSmi } from '../smi/locate.ts';
import type { GpuMonitor } from '../types.ts';

let home: string;
let monitor: GpuMonitor | null = null;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'headroom-details-'));
});
afterEach(async () => {
  await monitor?.stop();
  await rm(home, { recursive: true });
});

function watch(scenario: string): GpuMonitor {
  const env = { PATH: process.env.PATH, HEADROOM_NVIDIA_SMI: 'emulator', HEADROOM_SCENARIO: scenario };
  const emulator = emulatorCommand({ python, script, home, env });
  const smi = locateSmi({ env, platform: process.platform, emulator });
  monitor = createGpuMonitor({ smi, periods: { busy: 100 }, processesMs: 300 });
  monitor.start();
  return monitor;
}

describe.skipIf(reason !== null)('-q -x over the emulator', () => {
  it('is the instances of a divided card, and which process is on which', async () => {
    const one = watch('mig');
    await vi.waitFor(() => expect(one.telemetry().processes.some(({ migUuid }) => migUuid)).toBe(true), 20_000);
    const { devices, mig, processes } = one.telemetry();
    expect(mig.map(({ gpuUuid, profile, gpuInstance }) => [gpuUuid, profile, gpuInstance])).toEqual([
      [devices[0]?.uuid, '3g.40gb', 2],
      [devices[0]?.uuid, '1g.10gb', 9],
      [devices[0]?.uuid, '1g.10gb', 10],
    ]);
    for (const { memoryUsedMiB, memoryTotalMiB } of mig) expect(memoryUsedMiB).toBeLessThan(memoryTotalMiB ?? 0);
    expect(processes.map(({ migUuid }) => migUuid)).toEqual(mig.map(({ uuid }) => uuid));
    expect(processes.every(({ kind }) => kind === 'compute')).toBe(true);
  });

  it('has the kind of each program on Windows, without memory', async () => {
    const one = watch('windows');
    await vi.waitFor(() => expect(one.telemetry().processes.some(({ kind }) => kind)).toBe(true), 20_000);
    const { processes, mig } = one.telemetry();
    expect(processes.every(({ usedMiB }) => usedMiB === null)).toBe(true);
    // Each once, although both queries list it.
    expect(new Set(processes.map(({ pid }) => pid)).size).toBe(processes.length);
    expect(mig).toEqual([]);
  });
});
