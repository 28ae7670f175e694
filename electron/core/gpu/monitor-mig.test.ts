import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { smiRow } from '#samples';
import { createGpuMonitor } from './monitor.ts';
import { streamFields } from './row.ts';
import type { GpuMonitor } from './types.ts';

/** A divided card: the stream, the list, `-q -x` and `-L` of one nvidia-smi. */
const row = smiRow(streamFields, { index: 0, uuid: 'GPU-a', 'mig.mode.current': 'Enabled', name: 'Fake' });
const instances = (gpu: number) =>
  `<gpu_instance_id>${gpu}</gpu_instance_id><compute_instance_id>0</compute_instance_id>`;
const device = (index: number, gpu: number, used: number) =>
  `<mig_device><index>${index}</index>${instances(gpu)}<fb_memory_usage><total>9984 MiB</total><used>${used} MiB</used></fb_memory_usage></mig_device>`;
const xml = `<nvidia_smi_log><gpu id="0"><uuid>GPU-a</uuid><mig_devices>${device(0, 9, 5)}${device(1, 10, 300)}</mig_devices>
<processes><process_info>${instances(10)}<pid>4200001</pid><type>C</type><process_name>vllm</process_name><used_memory>1 MiB</used_memory></process_info>
<process_info>${instances(9)}<pid>4200002</pid><type>G</type><process_name>kwin</process_name><used_memory>3 MiB</used_memory></process_info>
</processes></gpu></nvidia_smi_log>`;
const listed = 'GPU 0: F (UUID: GPU-a)\n  MIG 1g.10gb Device 0: (UUID: MIG-1)\n  MIG 1g.10gb Device 1: (UUID: MIG-2)';

let folder: string;
let monitor: GpuMonitor;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headroom-mig-'));
  const command = join(folder, 'nvidia-smi');
  const print = (text: string) => `cat <<'X'\n${text}\nX\n`;
  const script = `#!/bin/sh
case "$1" in
--help-query-gpu) ${print(streamFields.map((field) => `"${field}"`).join('\n'))};;
--query-compute-apps*) ${print('MIG-2, 4200001, 299, vllm')};;
-q) ${print(xml)};;
-L) echo L >> "$0.calls"; ${print(listed)};;
*) if [ -e "$0.lost" ]; then echo "No devices were found"; exit 6; fi; echo $$ > "$0.stream"; while :; do echo "${row}"; sleep 0.05; done;;
esac
`;
  await writeFile(command, script);
  await chmod(command, 0o755);
  const smi = { command, args: [], env: { PATH: process.env.PATH } };
  monitor = createGpuMonitor({
    smi: { source: 'nvidia-smi', path: command, command: smi },
    ...{ periods: { busy: 50 }, processesMs: 100, kernelLog: null },
  });
});
afterEach(async () => {
  await monitor.stop();
  await rm(folder, { recursive: true });
});

describe.skipIf(process.platform === 'win32')('a GPU with MIG', () => {
  it('shows its instances at once, and whose each process and each program on screen is', async () => {
    monitor.start();
    await vi.waitFor(() => expect(monitor.telemetry().mig.length).toBe(2), 5_000);
    expect(monitor.telemetry().devices).toMatchObject([{ migEnabled: true }]);
    expect(monitor.telemetry().mig).toMatchObject([
      { gpuUuid: 'GPU-a', uuid: 'MIG-1', profile: '1g.10gb', gpuInstance: 9, memoryTotalMiB: 9_984, memoryUsedMiB: 5 },
      { gpuUuid: 'GPU-a', uuid: 'MIG-2', profile: '1g.10gb', gpuInstance: 10, memoryUsedMiB: 300 },
    ]);
    await vi.waitFor(() => expect(monitor.telemetry().processes.length).toBe(2), 5_000);
    expect(monitor.telemetry().processes).toMatchObject([
      { gpuUuid: 'GPU-a', pid: 4_200_001, usedMiB: 299, kind: 'compute', migUuid: 'MIG-2' },
      { gpuUuid: 'GPU-a', pid: 4_200_002, usedMiB: 3, kind: 'graphics', migUuid: 'MIG-1' },
    ]);
    expect(await readFile(join(folder, 'nvidia-smi.calls'), 'utf8')).toBe('L\n');
  });

  it('shows none while nvidia-smi fails', async () => {
    monitor.start();
    await vi.waitFor(() => expect(monitor.telemetry().mig.length).toBe(2), 5_000);
    await writeFile(join(folder, 'nvidia-smi.lost'), '');
    process.kill(Number(await readFile(join(folder, 'nvidia-smi.stream'), 'utf8')), 'SIGKILL');
    await vi.waitFor(() => expect(monitor.telemetry()).toMatchObject({ state: 'failed', mig: [] }), 5_000);
    await rm(join(folder, 'nvidia-smi.lost'));
    await vi.waitFor(() => expect(monitor.telemetry().mig.length).toBe(2), 10_000);
  });
});
