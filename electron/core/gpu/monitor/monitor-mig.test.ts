import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type FakeActions, type FakeSmi, fakeSmi, forever } from '#fake-smi';
import { smiRow } from '#samples';
import { streamFields } from '../stream/row.ts';
import type { GpuMonitor } from '../types.ts';
import { createGpuMonitor } from './monitor.ts';

/** A card with MIG: the stream, the list, `-q -x` and `-L` of one nvidia-smi. */
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

const print = (text: string) => `cat <<'X'\n${text}\nX`;
const well: FakeActions = {
  stream: forever(row),
  apps: print('MIG-2, 4200001, 299, vllm'),
  xml: print(xml),
  names: print(listed),
};

let fake: FakeSmi;
let monitor: GpuMonitor;
beforeEach(async () => {
  fake = await fakeSmi(streamFields);
  await fake.write(well);
  const nothingElse = { pciRoot: null, kernelLog: null };
  monitor = createGpuMonitor({ smi: fake.source, periods: { busy: 50 }, processesMs: 100, ...nothingElse });
});
afterEach(async () => {
  await monitor.stop();
  await fake.remove();
});

describe.skipIf(process.platform === 'win32')('a GPU with MIG', () => {
  it('shows its instances at once, and assigns processes and graphics programs', async () => {
    monitor.start();
    await vi.waitFor(() => expect(monitor.telemetry().mig.length).toBe(2), 20_000);
    expect(monitor.telemetry().devices).toMatchObject([{ migEnabled: true }]);
    expect(monitor.telemetry().mig).toMatchObject([
      { gpuUuid: 'GPU-a', uuid: 'MIG-1', profile: '1g.10gb', gpuInstance: 9, memoryTotalMiB: 9_984, memoryUsedMiB: 5 },
      { gpuUuid: 'GPU-a', uuid: 'MIG-2', profile: '1g.10gb', gpuInstance: 10, memoryUsedMiB: 300 },
    ]);
    await vi.waitFor(() => expect(monitor.telemetry().processes.length).toBe(2), 20_000);
    expect(monitor.telemetry().processes).toMatchObject([
      { gpuUuid: 'GPU-a', pid: 4_200_001, usedMiB: 299, kind: 'compute', migUuid: 'MIG-2' },
      { gpuUuid: 'GPU-a', pid: 4_200_002, usedMiB: 3, kind: 'graphics', migUuid: 'MIG-1' },
    ]);
    // The names of instances are queried once.
    expect((await fake.calls()).filter((call) => call === 'names')).toEqual(['names']);
  });

  it('shows none while nvidia-smi fails', async () => {
    monitor.start();
    await vi.waitFor(() => expect(monitor.telemetry().mig.length).toBe(2), 20_000);
    await fake.write({ ...well, stream: 'echo "No devices were found"; exit 6' });
    // The earlier stream ends with the driver.
    for (const line of await fake.alive()) process.kill(-Number.parseInt(line, 10), 'SIGKILL');
    await vi.waitFor(() => expect(monitor.telemetry()).toMatchObject({ state: 'failed', mig: [] }), 20_000);
    await fake.write(well);
    await vi.waitFor(() => expect(monitor.telemetry().mig.length).toBe(2), 20_000);
  });
});
