import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createGpuMonitor } from './monitor.ts';
import { streamFields } from './parser.ts';
import type { SmiSource } from './types.ts';

const help = streamFields.map((field) => `"${field}"`).join('\n');
const line = '0, GPU-0, 256, 2, 5, 249, 0, 36, 14.2, 75.0, 580.1, Fake';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headroom-smi-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** A program in nvidia-smi's place: what it does with the stream is the test's. */
async function fake(stream: string): Promise<SmiSource> {
  const path = join(folder, 'nvidia-smi');
  const script = `#!/bin/sh\ncase "$1" in\n--help-query-gpu) cat <<'X'\n${help}\nX\n;;\n--query-compute-apps*) echo "GPU-0, 1, 5, x";;\n*) ${stream};;\nesac\n`;
  await writeFile(path, script);
  await chmod(path, 0o755);
  return { source: 'nvidia-smi', path, command: { command: path, args: [], env: { PATH: process.env.PATH } } };
}

describe('the monitor', () => {
  it('delivers ticks and processes, and leaves no child behind', async () => {
    const smi = await fake(`while :; do echo "${line}"; sleep 0.05; done`);
    const monitor = createGpuMonitor({ smi, periodMs: 50, isOurs: (pid) => pid === 1 });
    let ticks = 0;
    monitor.onTick(() => ticks++);
    monitor.start();
    await vi.waitFor(() => expect(ticks).toBeGreaterThan(3), 5_000);
    await vi.waitFor(() => expect(monitor.telemetry().processes).toMatchObject([{ pid: 1, ours: true }]), 5_000);
    expect(monitor.telemetry()).toMatchObject({ state: 'ok', devices: [{ name: 'Fake', memoryTotalMiB: 256 }] });
    await monitor.stop();
    const after = ticks;
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(ticks).toBe(after);
  });

  it('shows a failure word for word and never covers it up', async () => {
    const smi = await fake('echo "GPU is lost"; exit 15');
    const monitor = createGpuMonitor({ smi });
    monitor.start();
    await vi.waitFor(() => expect(monitor.telemetry().state).toBe('failed'), 5_000);
    expect(monitor.telemetry().fault).toEqual({ kind: 'gpu_lost', said: 'GPU is lost', exitCode: 15 });
    await monitor.stop();
  });

  it('says what to do where there is no nvidia-smi', async () => {
    const monitor = createGpuMonitor({ smi: { source: 'none', path: null, command: null } });
    monitor.start();
    expect(monitor.telemetry().fault?.kind).toBe('missing');
    await expect(monitor.processesNow()).rejects.toMatchObject({ code: 'not_ready' });
    await monitor.stop();
  });
});
