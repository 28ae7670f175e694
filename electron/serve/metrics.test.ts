import { expect, it } from 'vitest';
import type { PanelState, Tick } from '#contract';
import { gpuDevice, gpuSample, telemetryOf, tickOf } from '#samples';
import type { ControlPlane } from '../core/control-plane.ts';
import { createMetrics } from './metrics.ts';

const device = gpuDevice({ pciBusId: '00000000:01:00.0', name: 'A "quoted" card' });
const tick = tickOf(1_700_000_000_500, gpuSample({ memoryTotalMiB: 100, memoryUsedMiB: 40, utilizationGpu: null }));

function metricsOf(given: { state?: 'ok' | 'failed'; ticks?: Tick[]; unified?: boolean }) {
  const { state = 'ok', ticks = [tick], unified = false } = given;
  const telemetry = telemetryOf({ state, devices: [{ ...device, unified }] });
  let backlogs = 0;
  const panelState = {
    telemetry,
    backend: { phase: 'stopped', limits: [] },
    alerts: { list: [] },
    settings: { running: null, desired: {}, overrides: {} },
  };
  const plane = {
    attend: () => undefined,
    state: () => panelState as unknown as PanelState,
    stream: () => ({
      backlog() {
        backlogs += 1;
        return ticks;
      },
    }),
  } as unknown as ControlPlane;
  const metrics = createMetrics(plane);
  return async () => {
    backlogs = 0;
    const text = await metrics.text();
    return { text, backlogs };
  };
}

it('takes one snapshot per answer, and leaves out unavailable values', async () => {
  const { text, backlogs } = await metricsOf({})();
  expect(backlogs).toBe(1);
  const labels = 'gpu="0",UUID="GPU-0",pci_bus_id="00000000:01:00.0",modelName="A \\"quoted\\" card"';
  expect(text).toContain(`DCGM_FI_DEV_FB_USED{${labels}} 40\n`);
  expect(text).toContain('headroom_last_sample_timestamp_seconds 1700000000.5\n');
  expect(text).not.toMatch(/^DCGM_FI_DEV_GPU_UTIL[ {]/m);
});

it('reports no value from before a failure', async () => {
  const { text } = await metricsOf({ state: 'failed' })();
  expect(text).toContain('headroom_collection_up 0\n');
  expect(text).not.toMatch(/^(DCGM|headroom_gpu)\S* /m);
});

it('gives the system RAM of a GPU without its own memory no name of a framebuffer', async () => {
  const { text } = await metricsOf({ unified: true })();
  expect(text).not.toMatch(/^DCGM_FI_DEV_FB_\w+[ {]/m);
  expect(text).toMatch(/^headroom_gpu_unified_memory_bytes\{gpu="0",.*of="total"\} 104857600$/m);
  expect(text).toMatch(/^headroom_gpu_unified_memory_bytes\{gpu="0",.*of="gpu"\} 41943040$/m);
  expect((await metricsOf({})()).text).not.toMatch(/^headroom_gpu_unified_memory_bytes[ {]/m);
});
