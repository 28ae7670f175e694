import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type FakeSmi, fakeRow, fakeSmi, forever } from '#fake-smi';
import { smiRow } from '#samples';
import { busKey, nvidiaGpus, type PciGpu } from '../polling/pci.ts';
import { createTargets, LEFT_ALONE_MS } from '../polling/target-gpus.ts';
import { streamFields } from '../stream/row.ts';
import type { GpuMonitor } from '../types.ts';
import { createGpuMonitor } from './monitor.ts';

const gpu = (given: Partial<PciGpu> = {}): PciGpu => ({ bus: '0000:01:00.0', asleep: false, maySleep: true, ...given });

describe('the queried GPUs', () => {
  let time = 0;
  const decider = (isIdle = () => true) => createTargets(isIdle, () => time);

  it('are all where none is suspended, without bus ids', () => {
    const whom = decider();
    expect(whom([], 'busy')).toEqual({ buses: null, mayChange: false });
    expect(whom([gpu({ maySleep: false })], 'hidden')).toEqual({ buses: null, mayChange: false });
    expect(whom([gpu()], 'visible')).toEqual({ buses: null, mayChange: true });
  });

  it('are never suspended ones', () => {
    const other = gpu({ bus: '0000:02:00.0', maySleep: false });
    expect(decider()([gpu({ asleep: true })], 'busy')).toEqual({ buses: [], mayChange: true });
    expect(decider()([gpu({ asleep: true }), other], 'busy')).toEqual({ buses: [other.bus], mayChange: true });
  });

  it('are not idle ones that may suspend while hidden, until they do not', () => {
    time = 0;
    const whom = decider();
    expect(whom([gpu()], 'hidden').buses).toEqual([]);
    time += LEFT_ALONE_MS - 1;
    expect(whom([gpu()], 'hidden').buses).toEqual([]);
    time += 1;
    // Something else keeps it awake: leaving it alone has no effect.
    expect(whom([gpu()], 'hidden').buses).toBeNull();
    time += 3_600_000;
    expect(whom([gpu()], 'hidden').buses).toBeNull();
    // It is tried again after a page was visible, and after it has suspended.
    expect(whom([gpu()], 'visible').buses).toBeNull();
    expect(whom([gpu()], 'hidden').buses).toEqual([]);
    expect(whom([gpu({ asleep: true })], 'hidden').buses).toEqual([]);
    time += LEFT_ALONE_MS;
    expect(whom([gpu()], 'hidden').buses).toEqual([]);
  });

  it('are busy ones, which are left alone once idle', () => {
    let idle = false;
    const whom = decider(() => idle);
    expect(whom([gpu()], 'hidden').buses).toBeNull();
    time += LEFT_ALONE_MS;
    idle = true;
    expect(whom([gpu()], 'hidden').buses).toEqual([]);
  });
});

describe('a bus id', () => {
  it('is the same in every notation', () => {
    const keys = ['00000000:0C:00.0', '0000:0c:00.0', '0000:0c:00', '0c:00.0'].map(busKey);
    expect(new Set(keys)).toEqual(new Set(['0:12:0']));
    expect(busKey('00000001:0C:00.0')).not.toBe(keys[0]);
    expect([busKey(''), busKey('[N/A]'), busKey('0000:01:00.0; rm')]).toEqual([null, null, null]);
  });
});

describe('on a laptop', () => {
  let root: string;
  let fake: FakeSmi;
  let monitor: GpuMonitor | null = null;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'headroom-pci-'));
    fake = await fakeSmi(streamFields);
  });
  afterEach(async () => {
    await monitor?.stop();
    await fake.remove();
    await rm(root, { recursive: true });
  });

  /** A device in the format of sysfs; existing files are overwritten. */
  async function device(bus: string, status: string, given: { vendor?: string; kind?: string; driver?: string } = {}) {
    const folder = join(root, bus);
    await mkdir(join(folder, 'power'), { recursive: true });
    await writeFile(join(folder, 'vendor'), `${given.vendor ?? '0x10de'}\n`);
    await writeFile(join(folder, 'class'), `${given.kind ?? '0x030000'}\n`);
    await writeFile(join(folder, 'power', 'control'), 'auto\n');
    await writeFile(join(folder, 'power', 'runtime_status'), `${status}\n`);
    if (given.driver) await symlink(`../../../../bus/pci/drivers/${given.driver}`, join(folder, 'driver'));
  }

  it("is seen only what is a GPU of NVIDIA's driver", async () => {
    await device('0000:00:02.0', 'active', { vendor: '0x8086' });
    await device('0000:01:00.0', 'suspended', { driver: 'nvidia' });
    await device('0000:01:00.1', 'suspended', { kind: '0x040300' });
    await device('0000:02:00.0', 'active', { kind: '0x030200' });
    await device('0000:03:00.0', 'active', { driver: 'vfio-pci' });
    expect(await nvidiaGpus(root)).toEqual([
      { bus: '0000:01:00.0', asleep: true, maySleep: true },
      { bus: '0000:02:00.0', asleep: false, maySleep: true },
    ]);
    expect(await nvidiaGpus(join(root, 'absent'))).toEqual([]);
  });

  function watch() {
    monitor = createGpuMonitor({
      smi: fake.source,
      periods: { busy: 50 },
      pciRoot: root,
      pciMs: 100,
      kernelLog: null,
    });
    monitor.start();
    return monitor;
  }

  it('a suspended GPU is not queried at all, and is watched once it resumes', {
    timeout: 60_000,
  }, async () => {
    await device('0000:01:00.0', 'suspended');
    await fake.write({ stream: forever(fakeRow(streamFields)) });
    const one = watch();
    await vi.waitFor(() => expect(one.telemetry()).toMatchObject({ state: 'asleep', fault: null }), 20_000);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(await fake.calls()).toEqual([]);
    await device('0000:01:00.0', 'active');
    await vi.waitFor(() => expect(one.telemetry().state).toBe('ok'), 20_000);
    // A second, suspended one: neither the stream nor the process list may wake it.
    await device('0000:02:00.0', 'suspended');
    await vi.waitFor(async () => expect((await fake.streams()).at(-1)).toContain('-i 0000:01:00.0'), 20_000);
    await device('0000:01:00.0', 'suspended');
    await vi.waitFor(() => expect(one.telemetry()).toMatchObject({ state: 'asleep', processes: [] }), 20_000);
    await vi.waitFor(async () => expect(await fake.alive()).toEqual([]), 20_000);
  });

  it('a GPU that suspends beside others is not lost: it stays in the list', {
    timeout: 60_000,
  }, async () => {
    await device('0000:01:00.0', 'active');
    await device('0000:02:00.0', 'active');
    const other = { index: 1, uuid: 'GPU-1', name: 'Other', 'pci.bus_id': '00000000:02:00.0' };
    const second = smiRow(streamFields, other);
    const both = `echo "${fakeRow(streamFields)}"; case "$*" in *-i*) ;; *) echo "${second}" ;; esac`;
    await fake.write({ stream: `while :; do ${both}; sleep $period; done` });
    const one = watch();
    const are = (...asleep: boolean[]) =>
      vi.waitFor(
        () => expect(one.telemetry()).toMatchObject({ state: 'ok', devices: asleep.map((is) => ({ asleep: is })) }),
        20_000,
      );
    await are(false, false);
    await device('0000:02:00.0', 'suspended');
    await are(false, true);
    expect(one.telemetry().devices[1]).toMatchObject({ uuid: 'GPU-1', name: 'Other' });
    await device('0000:02:00.0', 'active');
    await are(false, false);
  });

  it('a GPU that may suspend is left alone while no page is visible, and queried when one is', async () => {
    await device('0000:01:00.0', 'active');
    await fake.write({ stream: forever(fakeRow(streamFields)) });
    const periods = { visible: 50, hidden: 50 };
    const one = createGpuMonitor({ smi: fake.source, periods, pciRoot: root, pciMs: 100, kernelLog: null });
    monitor = one;
    one.need('hidden');
    one.start();
    await vi.waitFor(() => expect(one.telemetry().state).toBe('asleep'), 20_000);
    expect(await fake.calls()).toEqual([]);
    one.need('visible');
    await vi.waitFor(() => expect(one.telemetry().state).toBe('ok'), 20_000);
  });

  it('does not apply to the emulator', async () => {
    await device('0000:01:00.0', 'suspended');
    await fake.write({ stream: forever(fakeRow(streamFields)) });
    const smi = { ...fake.source, source: 'emulator' as const };
    const one = createGpuMonitor({ smi, periods: { busy: 50 }, pciRoot: root, pciMs: 100, kernelLog: null });
    monitor = one;
    one.start();
    await vi.waitFor(() => expect(one.telemetry().state).toBe('ok'), 20_000);
  });
});
