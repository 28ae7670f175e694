import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Telemetry, Tick } from '#contract';
import { python, reason, script } from '#emulator';
import { createGpuMonitor } from '../monitor/monitor.ts';
import { locateSmi } from '../smi/locate.ts';
import type { GpuMonitor } from '../types.ts';
import { emulatedCards, emulatorCommand } from './emulator.ts';

let home: string;
let monitor: GpuMonitor | null = null;
let ticks: Tick[];
let reported: Telemetry[];
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'headroom-emulator-'));
});
afterEach(async () => {
  await monitor?.stop();
  await rm(home, { recursive: true });
});

interface Wish {
  gpus?: string;
  /** The age of the scenario. */
  secondsAgo?: number;
}

function watch(scenario: string, { gpus, secondsAgo = 0 }: Wish = {}): GpuMonitor {
  const env = {
    PATH: process.env.PATH,
    LBS_EMULATED_GPUS: gpus,
    HEADROOM_NVIDIA_SMI: 'emulator',
    HEADROOM_SCENARIO: scenario,
    HEADROOM_SCENARIO_BEGAN: String(Date.now() / 1000 - secondsAgo),
  };
  const emulator = emulatorCommand({ python, script, home, env });
  const smi = locateSmi({ env, platform: process.platform, emulator });
  const created = createGpuMonitor({
    smi,
    periods: { busy: 100 },
    processesMs: 300,
    isOurs: (pid) => pid === process.pid,
  });
  ticks = [];
  reported = [];
  created.onTick((tick) => ticks.push(tick));
  created.onTelemetry((telemetry) => reported.push(telemetry));
  created.start();
  monitor = created;
  return created;
}

describe.skipIf(reason !== null)('the monitor over the emulator', () => {
  it('follows the memory of a worker, and knows it as ours', async () => {
    const one = watch('steady', { gpus: '256MiB,24GiB' });
    await vi.waitFor(() => expect(one.telemetry().state).toBe('ok'), 20_000);
    expect(one.telemetry().devices).toMatchObject([
      { index: 0, name: 'Emulated GPU 256 MiB', memoryTotalMiB: 256 },
      { index: 1, name: 'Emulated GPU 24 GiB', memoryTotalMiB: 24576 },
    ]);
    const used = () => ticks.at(-1)?.gpus[0]?.memoryUsedMiB ?? Number.NaN;
    const before = used();

    const held = join(home, 'emulator', 'held');
    const entry = { pid: process.pid, start_time: null, name: 'node -m lbs.worker', gpus: { 0: 100 * 2 ** 20 } };
    await mkdir(held, { recursive: true });
    await writeFile(join(held, 'new'), JSON.stringify(entry));
    await rename(join(held, 'new'), join(held, `${process.pid}.json`));
    await vi.waitFor(() => expect(used()).toBe(before + 100), 20_000);
    const computing = async () => (await one.processesNow()).filter(({ kind }) => kind !== 'graphics');
    expect(await computing()).toMatchObject([
      { pid: process.pid, usedMiB: 100, ours: true, name: 'node -m lbs.worker' },
    ]);

    await rm(join(held, `${process.pid}.json`));
    await vi.waitFor(() => expect(used()).toBe(before), 20_000);
    expect(await computing()).toEqual([]);
  });

  it('shows a driver that is not loaded, verbatim', async () => {
    const one = watch('no-driver');
    await vi.waitFor(() => expect(one.telemetry().state).toBe('failed'), 20_000);
    expect(one.telemetry()).toMatchObject({ source: 'emulator', fault: { kind: 'no_driver', exitCode: 9 } });
    expect(one.telemetry().fault?.sentence.text).toContain("couldn't communicate with the NVIDIA driver");
  });

  it('continues with the others when a GPU is lost', async () => {
    const one = watch('lost', { gpus: '256MiB,256MiB', secondsAgo: 2 });
    await vi.waitFor(() => expect(ticks.at(-1)?.gpus[0]?.state).toBe('lost'), 20_000);
    expect(ticks.at(-1)?.gpus[1]).toMatchObject({ state: 'ok', memoryTotalMiB: 256 });
    // Known facts stay; a slow machine may have missed them.
    const known = ticks.some(({ gpus }) => gpus[0]?.state === 'ok') ? 256 : null;
    const devices = [{ memoryTotalMiB: known }, { memoryTotalMiB: 256 }];
    expect(one.telemetry()).toMatchObject({ state: 'ok', devices });
    expect(reported.some(({ state }) => state === 'failed')).toBe(false);
  });

  it('continues with the others when a GPU makes every call fail', async () => {
    const one = watch('fails-for-one', { secondsAgo: 10 });
    await vi.waitFor(() => expect(ticks.at(-1)?.gpus.map(({ state }) => state)).toEqual(['lost', 'ok']), 20_000);
    expect(one.telemetry()).toMatchObject({ state: 'ok', devices: [{ fault: { code: 'verbatim' } }, { fault: null }] });
  });

  it('recovers a lost GPU, and never loses the other', async () => {
    const one = watch('lost-and-back', { secondsAgo: 14 });
    await vi.waitFor(() => expect(ticks.at(-1)?.gpus.map(({ state }) => state)).toEqual(['ok', 'ok']), 20_000);
    expect(ticks.every(({ gpus }) => gpus[1]?.state === 'ok')).toBe(true);
    expect(one.telemetry().devices).toMatchObject([{ memoryTotalMiB: 24576 }, { memoryTotalMiB: 24576 }]);
  });

  it('recovers by itself when the driver works again', async () => {
    const one = watch('driver-mismatch', { secondsAgo: 28 });
    await vi.waitFor(() => expect(one.telemetry().state).toBe('ok'), 20_000);
    expect(one.telemetry().fault).toBeNull();
    // On any machine, the only earlier fault is the driver's.
    const faults = reported.flatMap(({ fault }) => (fault ? [fault.kind] : []));
    expect(new Set([...faults, 'version_mismatch'])).toEqual(new Set(['version_mismatch']));
  });

  it('has values for each of eight cards, by the scenario', async () => {
    const one = watch('eight-gpus', { secondsAgo: 100 });
    await vi.waitFor(() => expect(ticks.at(-1)?.gpus).toHaveLength(8), 20_000);
    expect(one.telemetry().devices.every(({ memoryTotalMiB }) => memoryTotalMiB === 81920)).toBe(true);
    const gpus = ticks.at(-1)?.gpus ?? [];
    expect(gpus[0]).toMatchObject({ utilizationGpu: 99, powerDrawW: 655.1, powerLimitW: 700, pstate: 0, throttle: 0 });
    expect(gpus[6]).toMatchObject({ throttle: 1, utilizationGpu: 0, eccUncorrected: 3, fanSpeed: null });
  });

  it('shows the whole card where MIG is on, without its utilization', async () => {
    const one = watch('mig');
    await vi.waitFor(() => expect(ticks).not.toEqual([]), 20_000);
    expect(one.telemetry().devices).toMatchObject([{ migEnabled: true }]);
    expect(ticks.at(-1)?.gpus[0]).toMatchObject({ utilizationGpu: null, memoryTotalMiB: 81920 });
    expect(await one.processesNow()).toHaveLength(3);
  });

  it('reports no process memory and no persistence mode on Windows', async () => {
    const one = watch('windows');
    await vi.waitFor(() => expect(one.telemetry().devices).toMatchObject([{ persistence: null }]), 20_000);
    const list = await one.processesNow();
    expect(list.length).toBeGreaterThan(5);
    expect(list.every(({ usedMiB, name }) => usedMiB === null && name.includes('.exe'))).toBe(true);
  });

  it('lists the scenarios where the requested one is unknown', async () => {
    const one = watch('migg');
    await vi.waitFor(() => expect(one.telemetry().state).toBe('failed'), 20_000);
    expect(one.telemetry().fault?.sentence.text).toMatch(/no scenario 'migg'.* eight-gpus/);
  });
});

describe('the cards of the emulator', () => {
  it('are emulated by the backend too, and never over real ones', () => {
    const command = emulatorCommand({ python: 'p', script, home: 'h', env: { HEADROOM_SCENARIO_BEGAN: '7' } });
    expect(emulatedCards('emulator', command)).toEqual({
      ...{ LBS_EMULATED_GPUS: '256MiB', HEADROOM_SCENARIO_BEGAN: '7', HEADROOM_NVIDIA_SMI: 'emulator' },
    });
    for (const source of ['nvidia-smi', 'none'] as const)
      expect(emulatedCards(source, command)).toEqual({ LBS_EMULATED_GPUS: '', HEADROOM_SCENARIO_BEGAN: '7' });
  });

  const cardsOf = (env: Record<string, string>) =>
    emulatorCommand({ python: 'p', script, home: 'h', env }).env?.LBS_EMULATED_GPUS;

  it("are the person's, else the scenario's, else a small one", async () => {
    expect(cardsOf({})).toBe('256MiB');
    expect(cardsOf({ HEADROOM_SCENARIO: 'lost-and-back' })).toBe('24GiB,24GiB');
    expect(cardsOf({ HEADROOM_SCENARIO: 'mig' })).toBe('80GiB');
    expect(cardsOf({ HEADROOM_SCENARIO: 'mig', LBS_EMULATED_GPUS: '1GiB' })).toBe('1GiB');
    const mine = join(home, 'mine.yaml');
    await writeFile(mine, JSON.stringify({ cards: [{ total: '1GiB' }, { name: 'x', total: '2GiB' }] }));
    expect(cardsOf({ HEADROOM_SCENARIO: mine })).toBe('1GiB,2GiB');
  });

  it('default to the small card where the scenario cannot be read', async () => {
    const broken = join(home, 'broken.yaml');
    await writeFile(broken, '{"cards": 7');
    for (const named of ['nosuch', broken, join(home, 'absent.yaml')])
      expect(cardsOf({ HEADROOM_SCENARIO: named })).toBe('256MiB');
  });
});
