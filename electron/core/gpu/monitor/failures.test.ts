import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Telemetry, TelemetryFault } from '#contract';
import { type FakeActions, type FakeSmi, fakeRow, fakeSmi, forever } from '#fake-smi';
import { streamFields } from '../stream/row.ts';
import type { GpuMonitor } from '../types.ts';
import { createGpuMonitor } from './monitor.ts';

const line = fakeRow(streamFields);
const well: FakeActions = { stream: forever(line) };
/** Prints this and exits, whatever the query. */
const says = (text: string, exitCode: number): FakeActions => {
  const end = `echo "${text}"; exit ${exitCode}`;
  return { help: end, stream: end, apps: end };
};

/** The failures in docs/facts-nvidia-smi.md, and a few more. */
const failures: readonly [TelemetryFault, FakeActions | null][] = [
  ['no_library', says("NVIDIA-SMI couldn't find libnvidia-ml.so library in your system.", 12)],
  ['no_driver', says("NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver.", 9)],
  ['version_mismatch', says('Failed to initialize NVML: Driver/library version mismatch', 18)],
  ['no_devices', { stream: 'echo "No devices were found"; exit 6' }],
  ['gpu_lost', { stream: 'echo "Unable to determine the device handle for GPU1: GPU is lost."; exit 15' }],
  ['needs_reset', { stream: 'echo "A GPU reset must occur before this GPU can be used again."; exit 255' }],
  ['no_permission', says('Failed to initialize NVML: Insufficient Permissions', 4)],
  ['inforom', says('Failed to initialize NVML: Corrupted infoROM', 14)],
  ['bad_argument', { stream: 'echo "Field \\"x\\" is not a valid field to query."; exit 2' }],
  ['unknown', says('Failed to initialize NVML: Unknown Error', 255)],
  ['unknown', { ...well, help: 'echo "\\"index\\""' }],
  // It runs, and says why it has no row with each sample.
  ['no_devices', { stream: forever('No devices were found') }],
  ['unknown', { stream: `echo "libnvidia-ml.so: cannot read" >&2; ${forever('WARNING: something')}` }],
  ['slow', { stream: 'sleep 1000' }],
  ['slow', { ...well, help: 'sleep 1000' }],
  ['killed', { stream: `echo "${line}"; printf "0, GPU-0, 25"; kill -9 $$` }],
  ['silent', { stream: `echo "${line}"; sleep 1000` }],
  ['missing', null],
];

const patience = { noticeMs: 1_500, firstMs: 3_000, mostFirstMs: 10_000 };

const left: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const leave of left.splice(0)) await leave();
});

/** The states of the monitor during a failure and after its cause is gone. */
async function statesOf(kind: TelemetryFault, fails: FakeActions | null): Promise<Telemetry[]> {
  const fake: FakeSmi = await fakeSmi(streamFields);
  if (fails) await fake.write(fails);
  const options = { smi: fake.source, periods: { busy: 100 }, patience, pciRoot: null, kernelLog: null };
  const monitor: GpuMonitor = createGpuMonitor(options);
  left.push(async () => {
    await monitor.stop();
    await fake.remove();
  });
  const reported: Telemetry[] = [];
  monitor.onTelemetry((telemetry) => reported.push(telemetry));
  monitor.start();
  await vi.waitFor(() => expect(reported.map(({ fault }) => fault?.kind)).toContain(kind), 20_000);
  await fake.write(well);
  await vi.waitFor(() => expect(monitor.telemetry()).toMatchObject({ state: 'ok', fault: null }), 20_000);
  return reported;
}

describe('a failing nvidia-smi', () => {
  it('has its cause, and recovers by itself when the cause is gone', { timeout: 60_000 }, async () => {
    const runs = await Promise.all(
      failures.map(async ([kind, fails]) => ({ kind, reported: await statesOf(kind, fails) })),
    );
    for (const { kind, reported } of runs) {
      const failed = reported.filter(({ state }) => state === 'failed');
      expect(
        failed.map(({ fault }) => fault?.kind),
        kind,
      ).toContain(kind);
      // Unknown values are not shown: no memory is taken for 0.
      expect(
        failed.every(({ fault, processes }) => fault?.sentence.text && processes.length === 0),
        kind,
      ).toBe(true);
      expect(reported.at(-1)?.devices, kind).toMatchObject([{ name: 'Fake' }]);
    }
  });
});
