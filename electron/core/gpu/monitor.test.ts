import { execFileSync } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Telemetry, Tick } from '#contract';
import { smiRow } from '#samples';
import { createGpuMonitor } from './monitor.ts';
import { streamFields } from './row.ts';
import type { GpuMonitor, GpuMonitorOptions, SmiSource } from './types.ts';

const help = streamFields.map((field) => `"${field}"`).join('\n');
const line = smiRow(streamFields, { index: 0, uuid: 'GPU-0', 'memory.total': 256, name: 'Fake' });
const forever = `while :; do echo "${line}"; sleep 0.05; done`;

let folder: string;
let monitor: GpuMonitor | null;
let told: Telemetry[];
let ticks: Tick[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headroom-smi-'));
  monitor = null;
});
afterEach(async () => {
  await monitor?.stop();
  await rm(folder, { recursive: true });
});

/** A program in nvidia-smi's place: what it does with the stream and the list of processes is the test's. */
async function fake(stream: string, apps = 'echo "GPU-0, 1, 5, x"'): Promise<SmiSource> {
  const path = join(folder, 'nvidia-smi');
  const answers = `--help-query-gpu) echo help >> "$0.calls"; cat <<'X'\n${help}\nX\n;;\n--query-compute-apps*) ${apps};;\n-q) exit 2;;`;
  const script = `#!/bin/sh\necho $$ >> "$0.pids"\ncase "$1" in\n${answers}\n*) echo stream >> "$0.calls"; ${stream};;\nesac\n`;
  await writeFile(path, script);
  await chmod(path, 0o755);
  return { source: 'nvidia-smi', path, command: { command: path, args: [], env: { PATH: process.env.PATH } } };
}

function watch(smi: SmiSource, options: Partial<GpuMonitorOptions> = {}): GpuMonitor {
  const created = createGpuMonitor({ smi, periods: { busy: 50 }, ...options });
  told = [];
  ticks = [];
  created.onTelemetry((telemetry) => told.push(telemetry));
  created.onTick((tick) => ticks.push(tick));
  created.start();
  monitor = created;
  return created;
}

const kinds = () => told.map(({ fault }) => fault?.kind ?? null);
const started = async () => (await readFile(join(folder, 'nvidia-smi.pids'), 'utf8')).trim().split('\n').map(Number);
const calls = async (kind: string) =>
  (await readFile(join(folder, 'nvidia-smi.calls'), 'utf8')).split('\n').filter((call) => call === kind).length;

/** Who of these groups still runs; a zombie holds nothing and only waits for init to notice. */
function alive(groups: readonly number[]): string[] {
  const rows = execFileSync('ps', ['-A', '-o', 'pgid=,stat=,args='], { encoding: 'utf8' }).split('\n');
  return rows.filter((row) => groups.includes(Number.parseInt(row, 10)) && !/^\s*\d+\s+Z/.test(row));
}

describe('the monitor', () => {
  it('delivers ticks and processes, and leaves nobody behind', async () => {
    // The trap makes TERM of no use, as a hanging driver does.
    const one = watch(await fake(`trap "" TERM; ${forever}`), { isOurs: (pid) => pid === 1 });
    await vi.waitFor(() => expect(ticks.length).toBeGreaterThan(3), 5_000);
    await vi.waitFor(() => expect(one.telemetry().processes).toMatchObject([{ pid: 1, ours: true }]), 5_000);
    expect(one.telemetry()).toMatchObject({ state: 'ok', devices: [{ name: 'Fake', memoryTotalMiB: 256 }] });
    const times = ticks.map((tick) => tick.time);
    expect(times).toEqual([...new Set(times)].sort((a, b) => a - b));
    expect(Math.abs((times.at(-1) ?? 0) - Date.now())).toBeLessThan(5_000);

    const asking = one.processesNow().catch(() => undefined);
    await one.stop();
    await asking;
    const before = ticks.length;
    expect(alive(await started())).toEqual([]);
    await expect(one.processesNow()).rejects.toMatchObject({ code: 'not_ready' });
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(ticks.length).toBe(before);
  });

  it('shows a failure word for word, tries again, and is well once nvidia-smi is', async () => {
    const said = 'Unable to determine the device handle for GPU1: GPU is lost.  Reboot';
    const first = `if [ ! -e "$0.again" ]; then : > "$0.again"; echo "${said}"; exit 15; fi; ${forever}`;
    const one = watch(await fake(first));
    await vi.waitFor(() => expect(one.telemetry().state).toBe('failed'), 5_000);
    expect(one.telemetry().fault).toEqual({ kind: 'gpu_lost', said, exitCode: 15 });
    await vi.waitFor(() => expect(one.telemetry()).toMatchObject({ state: 'ok', fault: null }), 5_000);
    // What is listed was asked once, and not again for the second stream.
    expect([await calls('help'), await calls('stream')]).toEqual([1, 2]);
  });

  it('tells the last words of a stream that had ticks, and keeps its devices', async () => {
    const one = watch(await fake(`echo "${line}"; echo "A GPU reset must occur"; exit 255`));
    await vi.waitFor(() => expect(kinds()).toContain('needs_reset'), 5_000);
    const failed = told.find(({ fault }) => fault?.kind === 'needs_reset');
    expect(failed).toMatchObject({ fault: { said: 'A GPU reset must occur' }, devices: [{ uuid: 'GPU-0' }] });
    expect(one.telemetry()).not.toBe(told[0]);
  });

  it('ends and restarts a stream that falls silent', async () => {
    watch(await fake(`echo "${line}"; sleep 1000`));
    await vi.waitFor(() => expect(kinds()).toContain('silent'), 5_000);
    await vi.waitFor(async () => expect(await calls('stream')).toBeGreaterThan(1), 5_000);
    // The sleeping child of the first one is gone, too: only the second one's is left.
    expect(alive(await started()).filter((row) => row.includes('sleep 1000')).length).toBeLessThan(2);
  });

  it('refuses to give a list where nvidia-smi gives none', async () => {
    const one = watch(await fake(forever, 'echo "Insufficient Permissions"; exit 4'));
    await expect(one.processesNow()).rejects.toMatchObject({
      code: 'not_ready',
      message: expect.stringContaining('Insufficient Permissions'),
    });
  });

  it('says what to do where there is none, or one that is no program', async () => {
    const none = watch({ source: 'none', path: null, command: null });
    expect(none.telemetry()).toMatchObject({ state: 'failed', fault: { kind: 'missing' } });
    await expect(none.processesNow()).rejects.toMatchObject({ code: 'not_ready' });

    // A NUL makes spawn throw at once, which must not escape start().
    for (const [command, kind] of [
      [join(folder, 'absent'), 'missing'],
      ['a\0b', 'unknown'],
    ] as const) {
      const one = watch({ source: 'nvidia-smi', path: command, command: { command, args: [], env: {} } });
      await vi.waitFor(() => expect(one.telemetry().fault).toMatchObject({ kind, exitCode: null }), 5_000);
      await one.stop();
    }
  });
});
