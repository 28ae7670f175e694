import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Telemetry, Tick } from '#contract';
import { eachAlone, type FakeSmi, fakeSmi, forever } from '#fake-smi';
import { smiRow } from '#samples';
import { streamFields } from '../stream/row.ts';
import type { GpuMonitor, GpuMonitorOptions } from '../types.ts';
import { createGpuMonitor } from './monitor.ts';

const row = (index: number, more: Record<string, string> = {}) =>
  smiRow(streamFields, {
    ...{ index, uuid: `GPU-${index}`, name: `Card ${index}`, 'memory.total': 256, 'memory.used': 10 + index },
    ...{ 'pci.bus_id': `00000000:0${index + 1}:00.0`, 'mig.mode.current': '[N/A]', ...more },
  });
const rows = [row(0), row(1), row(2)];
/** The process list fails as a whole, too. */
const apps = `${eachAlone(['GPU-0, 1, 5, a', 'GPU-1, 2, 5, b', 'GPU-2, 3, 5, c'])}`;

let fake: FakeSmi;
let monitor: GpuMonitor;
let ticks: Tick[];
let reported: Telemetry[];
beforeEach(async () => {
  fake = await fakeSmi(streamFields);
  const stream = eachAlone(rows);
  await fake.write({ stream, one: stream, apps });
});
afterEach(async () => {
  await monitor.stop();
  await fake.remove();
});

const lose = (...indexes: number[]) => writeFile(join(fake.folder, 'lost'), `${indexes.join('\n')}\n`);
const giveBack = () => rm(join(fake.folder, 'lost'));
function watch(options: Partial<GpuMonitorOptions> = {}): void {
  const survivorTimes = { againMs: 300 };
  const nothingElse = { processesMs: 200, pciRoot: null, kernelLog: null };
  monitor = createGpuMonitor({ smi: fake.source, periods: { busy: 50 }, survivorTimes, ...nothingElse, ...options });
  [ticks, reported] = [[], []];
  monitor.onTick((tick) => ticks.push(tick));
  monitor.onTelemetry((telemetry) => reported.push(telemetry));
  monitor.start();
}
const states = () => ticks.at(-1)?.gpus.map(({ state }) => state);
const become = (...expected: string[]) => vi.waitFor(() => expect(states()).toEqual(expected), 20_000);
const failures = () => reported.filter(({ state }) => state === 'failed').length;

describe('a lost GPU among healthy ones', () => {
  it.each([0, 1, 2])('GPU %i lost in mid-stream: the others go on, and it is back when it answers', async (lost) => {
    watch();
    await become('ok', 'ok', 'ok');
    await lose(lost);
    const left = [0, 1, 2].map((index) => (index === lost ? 'lost' : 'ok'));
    await become(...left);
    const { devices, state } = monitor.telemetry();
    const text = `Unable to determine the device handle for GPU0000:0${lost + 1}:00.0: Unknown Error`;
    expect([state, failures()]).toEqual(['ok', 0]);
    expect(devices).toMatchObject(
      rows.map((_, index) => ({
        uuid: `GPU-${index}`,
        name: `Card ${index}`,
        fault: index === lost ? { text } : null,
        asleep: false,
      })),
    );
    expect(ticks.at(-1)?.gpus[lost]).toMatchObject({ memoryUsedMiB: null, reasons: { memoryUsedMiB: 'lost' } });
    // The process list covers the others, not nothing.
    const pids = [1, 2, 3].filter((pid) => pid !== lost + 1);
    await vi.waitFor(() => expect(monitor.telemetry().processes.map(({ pid }) => pid)).toEqual(pids), 20_000);
    await giveBack();
    await become('ok', 'ok', 'ok');
    expect(monitor.telemetry().devices.map(({ fault }) => fault)).toEqual([null, null, null]);
    expect(failures()).toBe(0);
    // A stream that was limited to some GPUs gives way to one of all.
    await vi.waitFor(async () => expect((await fake.streams()).at(-1)).not.toContain('-i'), 20_000);
  });

  it('is found at the start, by index where nothing is known, and with MIG on another', async () => {
    const withMig = [rows[0] ?? '', row(1, { 'mig.mode.current': 'Enabled' })];
    const stream = eachAlone(withMig, 'GPU is lost', 15);
    await fake.write({ stream, one: stream });
    await lose(0);
    watch();
    await become('lost', 'ok');
    expect(failures()).toBe(0);
    expect(monitor.telemetry().devices).toMatchObject([
      { index: 0, pciBusId: '0000:01:00.0', name: 'GPU', fault: { text: expect.stringContaining('GPU is lost') } },
      { index: 1, migEnabled: true },
    ]);
  });

  it('fails where all are lost, and the first that answers again goes on alone', async () => {
    await lose(0, 1, 2);
    watch();
    await vi.waitFor(() => expect(monitor.telemetry().state).toBe('failed'), 20_000);
    expect(monitor.telemetry().fault?.sentence.text).toContain('Unable to determine the device handle');
    await lose(0, 2);
    await become('lost', 'ok', 'lost');
    await lose(0);
    await become('lost', 'ok', 'ok');
  });

  it('does not take a GPU with it that vanishes afterwards', async () => {
    await lose(0);
    watch();
    await become('lost', 'ok', 'ok');
    const stream = eachAlone(rows.slice(0, 2));
    await fake.write({ stream, one: stream });
    for (const line of await fake.alive()) process.kill(-Number.parseInt(line, 10), 'SIGKILL');
    await become('lost', 'ok', 'lost');
    expect(monitor.telemetry()).toMatchObject({ state: 'ok', devices: [{}, {}, { name: 'Card 2', uuid: 'GPU-2' }] });
  });

  it('does not take the process list with it where the stream goes on', async () => {
    const cells = streamFields.map((field) => (field === 'index' ? 1 : field === 'uuid' ? 'GPU-1' : '[GPU is lost]'));
    const list = 'case "$*" in *"-i "*) echo "GPU-0, 1, 5, [Not Found]";; *) echo "GPU is lost"; exit 15;; esac';
    await fake.write({ stream: forever(`${rows[0]}\n${cells.join(', ')}`), apps: list });
    watch();
    await become('ok', 'lost');
    const known = { processes: [{ gpuUuid: 'GPU-0', pid: 1 }], processesFault: null };
    await vi.waitFor(() => expect(monitor.telemetry()).toMatchObject(known), 20_000);
  });

  it('is not looked for where a failure names no GPU', async () => {
    await fake.write({ stream: 'echo "Segmentation fault"; exit 1', one: 'echo "Segmentation fault"; exit 1' });
    watch({ survivorTimes: { againMs: 60_000 } });
    await vi.waitFor(() => expect(monitor.telemetry().state).toBe('failed'), 20_000);
    await fake.write({ stream: 'echo "Failed to initialize NVML: Unknown Error"; exit 255' });
    await vi.waitFor(() => expect(monitor.telemetry().fault?.sentence.text).toContain('NVML'), 20_000);
    expect((await fake.calls()).filter((call) => call === 'one').length).toBe(4);
  });

  it('is asked for by what identifies it where there is no bus id', async () => {
    const plain = [0, 1].map((index) => row(index, { 'pci.bus_id': '[N/A]' }));
    const byUuid = eachAlone(plain).replaceAll(/(\d)\|0000\S*\)/g, '$1|GPU-$1)');
    await fake.write({ stream: byUuid, one: byUuid });
    watch();
    await become('ok', 'ok');
    await lose(1);
    await become('ok', 'lost');
    expect((await fake.streams()).at(-1)).toMatch(/ -i GPU-0$/);
  });
});
