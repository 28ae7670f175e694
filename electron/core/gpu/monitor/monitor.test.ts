import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Telemetry, type Tick, verbatim } from '#contract';
import { type FakeSmi, fakeRow, fakeSmi, forever } from '#fake-smi';
import { smiRow } from '#samples';
import { streamFields } from '../stream/row.ts';
import type { GpuMonitor, GpuMonitorOptions, SmiSource } from '../types.ts';
import { createGpuMonitor } from './monitor.ts';

const line = fakeRow(streamFields);

let fake: FakeSmi;
let monitor: GpuMonitor | null;
let reported: Telemetry[];
let ticks: Tick[];
beforeEach(async () => {
  fake = await fakeSmi(streamFields);
  monitor = null;
});
afterEach(async () => {
  await monitor?.stop();
  await fake.remove();
});

function watch(smi: SmiSource = fake.source, options: Partial<GpuMonitorOptions> = {}): GpuMonitor {
  const periods = { busy: 50, visible: 60, hidden: 70 };
  const created = createGpuMonitor({ smi, periods, processesMs: 200, pciRoot: null, kernelLog: null, ...options });
  reported = [];
  ticks = [];
  created.onTelemetry((telemetry) => reported.push(telemetry));
  created.onTick((tick) => ticks.push(tick));
  created.start();
  monitor = created;
  return created;
}

const kinds = () => reported.map(({ fault }) => fault?.kind ?? null);
const calls = async (kind: string) => (await fake.calls()).filter((call) => call === kind).length;

describe('the monitor', () => {
  it('delivers samples and processes, and leaves no process behind', async () => {
    // The trap ignores TERM, like a hanging driver.
    const apps = `echo "GPU-0, ${process.pid}, 5, ${process.execPath}"`;
    await fake.write({ stream: `trap "" TERM; ${forever(line)}`, apps });
    const one = watch(fake.source, { isOurs: (pid) => pid === process.pid });
    await vi.waitFor(() => expect(ticks.length).toBeGreaterThan(3), 20_000);
    await vi.waitFor(() => expect(one.telemetry().processes).toMatchObject([{ pid: process.pid, ours: true }]), 20_000);
    expect(one.telemetry()).toMatchObject({ state: 'ok', devices: [{ name: 'Fake', memoryTotalMiB: 256 }] });
    const times = ticks.map((tick) => tick.time);
    expect(times).toEqual([...new Set(times)].sort((a, b) => a - b));
    expect(Math.abs((times.at(-1) ?? 0) - Date.now())).toBeLessThan(5_000);

    const asking = one.processesNow().catch(() => undefined);
    await one.stop();
    await asking;
    const before = ticks.length;
    expect(await fake.alive()).toEqual([]);
    await expect(one.processesNow()).rejects.toMatchObject({ code: 'not_ready' });
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(ticks.length).toBe(before);
  });

  it('shows a failure verbatim, retries, and recovers with nvidia-smi', async () => {
    const said = 'Unable to determine the device handle for GPU1: GPU is lost.  Reboot';
    const first = `if [ ! -e "$0.again" ]; then : > "$0.again"; echo "${said}"; exit 15; fi; ${forever(line)}`;
    await fake.write({ stream: first });
    const one = watch();
    await vi.waitFor(() => expect(one.telemetry().state).toBe('failed'), 20_000);
    expect(one.telemetry().fault).toEqual({ kind: 'gpu_lost', sentence: verbatim(said), exitCode: 15 });
    await vi.waitFor(() => expect(one.telemetry()).toMatchObject({ state: 'ok', fault: null }), 20_000);
    // The fields were queried once, and not again for the second stream.
    expect([await calls('help'), await calls('stream')]).toEqual([1, 2]);
  });

  it('reports the last output of a failed stream, and keeps its devices', async () => {
    await fake.write({ stream: `echo "${line}"; echo "A GPU reset must occur"; exit 255` });
    const one = watch();
    await vi.waitFor(() => expect(kinds()).toContain('needs_reset'), 20_000);
    const failed = reported.find(({ fault }) => fault?.kind === 'needs_reset');
    expect(failed).toMatchObject({
      fault: { sentence: { text: 'A GPU reset must occur' } },
      devices: [{ uuid: 'GPU-0' }],
    });
    expect(one.telemetry()).not.toBe(reported[0]);
  });

  it('takes system RAM for the memory of a GPU without its own, once it knows the processes', async () => {
    const none = {
      'memory.total': '[N/A]',
      'memory.used': '[N/A]',
      'memory.free': '[N/A]',
      'memory.reserved': '[N/A]',
    };
    const row = smiRow(streamFields, { index: 0, uuid: 'GPU-0', 'mig.mode.current': '[N/A]', name: 'GB10', ...none });
    await fake.write({ stream: forever(row), apps: 'sleep 0.3; echo "GPU-0, 1, 300, x"' });
    const one = watch(fake.source, { ram: () => ({ ramTotalMiB: 1_000, ramUsedMiB: 500 }) });
    const used = () => ticks.map(({ gpus }) => gpus[0]?.memoryUsedMiB);
    await vi.waitFor(() => expect(used()).toContain(300), 20_000);
    // Before, it is unknown: never 0.
    expect(new Set(used())).toEqual(new Set([null, 300]));
    expect(ticks.at(-1)?.gpus).toMatchObject([
      { memoryTotalMiB: 1_000, memoryReservedMiB: 200, memoryFreeMiB: 500, reasons: {} },
    ]);
    expect(one.telemetry().devices).toMatchObject([{ unified: true, memoryTotalMiB: 1_000 }]);
  });

  it('terminates and restarts a silent stream', async () => {
    await fake.write({ stream: `echo "${line}"; sleep 1000` });
    watch();
    await vi.waitFor(() => expect(kinds()).toContain('silent'), 20_000);
    await vi.waitFor(async () => expect(await calls('stream')).toBeGreaterThan(1), 20_000);
    // The sleeping child of the first one has exited too: only the second one's is left.
    expect((await fake.alive()).filter((row) => row.includes('sleep 1000')).length).toBeLessThan(2);
  });

  it('quotes an nvidia-smi that runs without a row, also one that stops reporting', async () => {
    const rows = `for i in 1 2 3; do echo "${line}"; sleep $period; done`;
    await fake.write({ stream: `${rows}; ${forever('Unable to determine the device handle for GPU0: GPU is lost.')}` });
    watch();
    await vi.waitFor(() => expect(kinds()).toContain('gpu_lost'), 20_000);
    const quote =
      'nvidia-smi runs, but reports no GPU. Its output: Unable to determine the device handle for GPU0: GPU is lost.';
    expect(reported.map(({ fault }) => fault?.sentence.text)).toContain(quote);
    expect(kinds()).not.toContain('silent');
  });

  it('waits for a slow first answer and for slow samples, and says so', async () => {
    await fake.write({ stream: `sleep 0.7; while :; do echo "${line}"; sleep 1.3; done` });
    const one = watch(fake.source, { patience: { noticeMs: 400 } });
    await vi.waitFor(() => expect(kinds()).toContain('slow'), 20_000);
    await vi.waitFor(() => expect(ticks.length).toBeGreaterThan(2), 20_000);
    expect([one.telemetry().state, await calls('stream'), kinds().includes('silent')]).toEqual(['ok', 1, false]);
  });

  it('reads rows that come with an exit code or a warning', async () => {
    const warns = 'echo "WARNING: infoROM is corrupted at gpu 0000:01:00.0" >&2; exit 14';
    const fields = streamFields.map((field) => `"${field}"`).join('\n');
    const help = `cat <<'X'\n${fields}\nX\n${warns}`;
    await fake.write({ stream: forever(line), help, apps: `echo "GPU-0, 1, 5, x"; ${warns}` });
    const one = watch();
    await vi.waitFor(() => expect(one.telemetry()).toMatchObject({ state: 'ok', processes: [{ pid: 1 }] }), 20_000);
    expect([one.telemetry().processesFault, kinds().filter(Boolean)]).toEqual([null, []]);
  });

  it('throws where nvidia-smi does not list the processes', async () => {
    await fake.write({ stream: forever(line), apps: 'echo "Insufficient Permissions"; exit 4' });
    const one = watch();
    await expect(one.processesNow()).rejects.toMatchObject({
      code: 'not_ready',
      message: expect.stringContaining('Insufficient Permissions'),
    });
  });

  it('reports why the process list is unavailable while samples arrive', async () => {
    // The driver is updated: the old stream continues, new processes fail.
    const fails = 'if [ -e "$here/updated" ]; then echo "Driver/library version mismatch"; exit 18; fi';
    await fake.write({ stream: forever(line), apps: `${fails}; echo "GPU-0, 1, 5, x"` });
    const one = watch();
    await vi.waitFor(
      () => expect(one.telemetry()).toMatchObject({ processes: [{ pid: 1 }], processesFault: null }),
      20_000,
    );
    await writeFile(join(fake.folder, 'updated'), '');
    const unknown = { state: 'ok', fault: null, processes: [], processesFault: { kind: 'version_mismatch' } };
    await vi.waitFor(() => expect(one.telemetry()).toMatchObject(unknown), 20_000);
    // A single failure is not reported.
    expect(await calls('apps')).toBeGreaterThan(2);
    await rm(join(fake.folder, 'updated'));
    const known = { state: 'ok', processes: [{ pid: 1 }], processesFault: null };
    await vi.waitFor(() => expect(one.telemetry()).toMatchObject(known), 20_000);
  });

  it('says what to do where nvidia-smi is absent, or not a program', async () => {
    const none = watch({ source: 'none', path: null, command: null });
    expect(none.telemetry()).toMatchObject({ state: 'failed', fault: { kind: 'missing' } });
    await expect(none.processesNow()).rejects.toMatchObject({ code: 'not_ready' });

    // A NUL makes spawn throw at once, which must not escape start().
    for (const [command, kind] of [
      [join(fake.folder, 'absent'), 'missing'],
      ['a\0b', 'unknown'],
    ] as const) {
      const one = watch({ source: 'nvidia-smi', path: command, command: { command, args: [], env: {} } });
      await vi.waitFor(() => expect(one.telemetry().fault).toMatchObject({ kind, exitCode: null }), 20_000);
      await one.stop();
    }
  });

  it('uses an nvidia-smi that is installed later, also elsewhere', async () => {
    const nowhere: SmiSource = { source: 'none', path: null, command: null };
    let found = nowhere;
    const one = watch(nowhere, { locate: () => found });
    expect(one.telemetry()).toMatchObject({ source: 'none', fault: { kind: 'missing' } });
    await fake.write({ stream: forever(line) });
    found = fake.source;
    await vi.waitFor(() => expect(one.telemetry().state).toBe('ok'), 20_000);
    expect(one.telemetry()).toMatchObject({ source: 'nvidia-smi', path: fake.source.path, fault: null });

    // A driver update moves it.
    const moved = await fakeSmi(streamFields);
    await moved.write({ stream: forever(fakeRow(streamFields, 7)) });
    found = moved.source;
    await rm(fake.source.path ?? '');
    await one.stop();
    const other = watch(fake.source, { locate: () => found });
    await vi.waitFor(() => expect(other.telemetry()).toMatchObject({ state: 'ok', path: moved.source.path }), 20_000);
    expect(ticks.at(-1)?.gpus[0]?.memoryUsedMiB).toBe(7);
    await other.stop();
    await moved.remove();
  });

  it('never replaces real values with emulated ones', async () => {
    const emulator: SmiSource = { ...fake.source, source: 'emulator' };
    const absent = join(fake.folder, 'absent');
    const gone: SmiSource = { source: 'nvidia-smi', path: absent, command: { command: absent, args: [], env: {} } };
    await fake.write({ stream: forever(line) });
    const one = watch(gone, { locate: () => emulator });
    await vi.waitFor(() => expect(one.telemetry().fault?.kind).toBe('missing'), 20_000);
    await vi.waitFor(() => expect(reported.length).toBeGreaterThan(0), 20_000);
    expect([one.telemetry().source, await fake.calls(), ticks]).toEqual(['nvidia-smi', [], []]);
  });

  it('starts no process while it is off, and resumes at once', async () => {
    await fake.write({ stream: forever(line) });
    const one = createGpuMonitor({
      smi: fake.source,
      periods: { busy: 50 },
      processesMs: 50,
      pciRoot: null,
      kernelLog: null,
    });
    monitor = one;
    one.need('off');
    one.start();
    await vi.waitFor(() => expect(one.telemetry().state).toBe('off'), 20_000);
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(await fake.calls()).toEqual([]);
    one.need('busy');
    expect(one.telemetry()).toMatchObject({ state: 'off', collection: { askedMs: null } });
    await vi.waitFor(() => expect(one.telemetry().state).toBe('ok'), 20_000);
    expect(one.telemetry().collection.askedMs).toBe(50);
    await vi.waitFor(() => expect(one.telemetry().processes.length).toBe(1), 20_000);
  });

  it('polls the process list rarely while no page is visible, and at once when one is', async () => {
    await fake.write({ stream: forever(line) });
    const one = watch(fake.source, { processesMs: 20_000 });
    one.need('busy', false);
    await vi.waitFor(() => expect(one.telemetry().processes.length).toBe(1), 20_000);
    const before = ticks.length;
    await vi.waitFor(() => expect(ticks.length).toBeGreaterThan(before + 5), 20_000);
    // `-q -x` would slow down a run most.
    expect([await calls('apps'), await calls('xml')]).toEqual([1, 0]);
    one.need('busy', true);
    await vi.waitFor(async () => expect([await calls('apps'), await calls('xml')]).toEqual([2, 1]), 20_000);
  });

  it('polls the process list at once when samples resume', async () => {
    const first = `if [ ! -e "$0.again" ]; then : > "$0.again"; for i in 1 2 3 4 5 6; do echo "${line}"; sleep 0.1; done; exit 15; fi`;
    await fake.write({ stream: `${first}; ${forever(line)}` });
    const one = watch(fake.source, { processesMs: 20_000 });
    await vi.waitFor(() => expect(one.telemetry().processes.length).toBe(1), 20_000);
    await vi.waitFor(() => expect(one.telemetry()).toMatchObject({ state: 'failed', processes: [] }), 20_000);
    await vi.waitFor(() => expect(one.telemetry()).toMatchObject({ state: 'ok', processes: [{ pid: 1 }] }), 20_000);
  });

  it('does not change the state for a sample in which only values changed', async () => {
    const rows = `n=0; while :; do n=$((n + 1)); echo "${fakeRow(streamFields, '$n')}"; sleep $period; done`;
    await fake.write({ stream: rows });
    const one = watch(fake.source, { processesMs: 60_000 });
    await vi.waitFor(() => expect(one.telemetry().processes.length).toBe(1), 20_000);
    const before = [one.telemetry(), ticks.length] as const;
    await vi.waitFor(() => expect(ticks.length).toBeGreaterThan(before[1] + 5), 20_000);
    const used = ticks.map((tick) => tick.gpus[0]?.memoryUsedMiB);
    expect(new Set(used).size).toBe(used.length);
    // A report of the collection may have arrived in between.
    expect({ ...one.telemetry(), collection: null }).toEqual({ ...before[0], collection: null });
    expect(one.telemetry().devices).toBe(before[0].devices);
  });

  it('reads characters that are split between two pieces', async () => {
    const named = fakeRow(streamFields).replace('Fake', 'Zürich 显卡');
    const bytes = [...Buffer.from(named)].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`);
    const middle = Buffer.from(named).indexOf(Buffer.from('显')) + 1;
    const [head, tail] = [bytes.slice(0, middle).join(''), bytes.slice(middle).join('')];
    const halves = `printf '${head}'; sleep $period; printf '${tail}\\n'; sleep $period`;
    await fake.write({ stream: `while :; do ${halves}; done` });
    const one = watch();
    await vi.waitFor(() => expect(one.telemetry().devices).toMatchObject([{ name: 'Zürich 显卡' }]), 20_000);
    expect(one.telemetry().devices.length).toBe(1);
  });
});
