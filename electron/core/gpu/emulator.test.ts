import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Telemetry, Tick } from '#contract';
import { emulatorCommand } from './emulator.ts';
import { locateSmi } from './locate.ts';
import { createGpuMonitor } from './monitor.ts';
import type { GpuMonitor } from './types.ts';

const script = join(process.cwd(), 'python', 'nvidia_smi_emulator.py');
const python = process.env.HEADROOM_PYTHON || 'python3';
const reason = whyNot();
if (reason) console.warn(`Skipped: ${reason}`);

function whyNot(): string | null {
  if (!existsSync(script)) return `${script} does not exist.`;
  try {
    execFileSync(python, ['-I', '-c', '']);
    return null;
  } catch (error) {
    return `${python} does not run (${error instanceof Error ? error.message : error}).`;
  }
}

let home: string;
let monitor: GpuMonitor | null = null;
let ticks: Tick[];
let told: Telemetry[];
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'headroom-emulator-'));
});
afterEach(async () => {
  await monitor?.stop();
  await rm(home, { recursive: true });
});

function watch(gpus: string, scenario: string): GpuMonitor {
  const env = { PATH: process.env.PATH, LBS_EMULATED_GPUS: gpus, HEADROOM_NVIDIA_SMI: 'emulator' };
  const file = join(process.cwd(), 'assets', 'scenarios', `${scenario}.yaml`);
  const emulator = emulatorCommand({ python, script, home, env, scenario: file });
  const smi = locateSmi({ env, platform: process.platform, emulator });
  const created = createGpuMonitor({
    smi,
    periods: { busy: 100 },
    processesMs: 300,
    isOurs: (pid) => pid === process.pid,
  });
  ticks = [];
  told = [];
  created.onTick((tick) => ticks.push(tick));
  created.onTelemetry((telemetry) => told.push(telemetry));
  created.start();
  monitor = created;
  return created;
}

describe.skipIf(reason !== null)('the monitor over the emulator', () => {
  it('sees what a worker holds come and go, and knows it for ours', async () => {
    const one = watch('256MiB,24GiB', 'steady');
    await vi.waitFor(() => expect(one.telemetry().state).toBe('ok'), 10_000);
    expect(one.telemetry().devices).toMatchObject([
      { index: 0, name: 'Emulated GPU 256 MiB', memoryTotalMiB: 256 },
      { index: 1, name: 'Emulated GPU 24 GiB', memoryTotalMiB: 24576 },
    ]);
    const used = () => ticks.at(-1)?.gpus[0]?.memoryUsedMiB ?? Number.NaN;
    const before = used();

    const held = join(home, 'emulator', 'held');
    const entry = { pid: process.pid, start_time: null, name: 'python -m lbs.worker', gpus: { 0: 100 * 2 ** 20 } };
    await mkdir(held, { recursive: true });
    await writeFile(join(held, 'new'), JSON.stringify(entry));
    await rename(join(held, 'new'), join(held, `${process.pid}.json`));
    await vi.waitFor(() => expect(used()).toBe(before + 100), 5_000);
    const list = await one.processesNow();
    expect(list).toMatchObject([{ pid: process.pid, usedMiB: 100, ours: true, name: 'python -m lbs.worker' }]);

    await rm(join(held, `${process.pid}.json`));
    await vi.waitFor(() => expect(used()).toBe(before), 5_000);
    expect(await one.processesNow()).toEqual([]);
  });

  it('shows a driver that is not loaded, in its own words', async () => {
    const one = watch('256MiB', 'no-driver');
    await vi.waitFor(() => expect(one.telemetry().state).toBe('failed'), 10_000);
    expect(one.telemetry()).toMatchObject({ source: 'emulator', fault: { kind: 'no_driver', exitCode: 9 } });
    expect(one.telemetry().fault?.said).toContain("couldn't communicate with the NVIDIA driver");
  });

  it('goes on with the others when a GPU is lost', async () => {
    const one = watch('256MiB,256MiB', 'lost');
    await vi.waitFor(() => expect(ticks.at(-1)?.gpus[0]?.state).toBe('lost'), 15_000);
    expect(ticks.at(-1)?.gpus[1]).toMatchObject({ state: 'ok', memoryTotalMiB: 256 });
    expect(one.telemetry()).toMatchObject({ state: 'ok', devices: [{ memoryTotalMiB: 256 }, { memoryTotalMiB: 256 }] });
    expect(told.some(({ state }) => state === 'failed')).toBe(false);
  });
});
