import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { lightBackend } from '../faults/faults.ts';
import { type Panel, startPanel } from '../fixtures/panel.ts';

let panel: Panel | null = null;
/** A panel with a data folder of its own. */
async function start(more: Record<string, string> = {}, words: readonly string[] = []): Promise<Panel> {
  const home = await mkdtemp(join(tmpdir(), 'headroom-metrics-'));
  return startPanel(home, { ...(await lightBackend(home)), ...more }, words);
}
afterEach(async () => {
  await panel?.close();
  panel = null;
});
const ask = async (one: Panel, headers: Record<string, string> = {}) =>
  fetch(new URL('/metrics', one.url), { headers });

/** `name{labels} value` of each line that is not a comment. */
function samplesOf(text: string): Map<string, number> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => {
      const [, name, value] = /^([a-zA-Z_:][\w:]*(?:\{.*\})?) (\S+)$/.exec(line) ?? [];
      if (!name) throw new Error(`Not Prometheus' text: ${line}`);
      return [name, Number(value)];
    }),
  );
}

describe('/metrics of serve mode', () => {
  it('is off by default', async () => {
    panel = await start();
    expect((await ask(panel)).status).toBe(404);
  });

  it("reports every GPU under DCGM exporter's names, our own metrics, and no unavailable value", async () => {
    panel = await start({ LBS_EMULATED_GPUS: '24GiB,8GiB', LBS_GPU_MEMORY_LIMIT: '16GiB' }, ['--metrics']);
    const one = panel;
    const uuid = (index: number) => `GPU-0000e000-0000-0000-0000-${String(index).padStart(12, '0')}`;
    const labels = (index: number, size: number) =>
      `gpu="${index}",UUID="${uuid(index)}",pci_bus_id="00000000:0${index + 1}:00.0",modelName="Emulated GPU ${size} GiB"`;
    const look = async () => samplesOf(await (await ask(one)).text());
    const samples = await vi.waitFor(async () => {
      const found = await look();
      expect(found.get('headroom_backend_up')).toBe(1);
      expect(found.get('headroom_collection_up')).toBe(1);
      return found;
    }, 30_000);
    expect(samples.get(`DCGM_FI_DEV_FB_TOTAL{${labels(0, 24)}}`)).toBe(24 * 1024);
    expect(samples.get(`DCGM_FI_DEV_FB_TOTAL{${labels(1, 8)}}`)).toBe(8 * 1024);
    expect(samples.get(`headroom_gpu_state{${labels(1, 8)},state="ok"}`)).toBe(1);
    expect(samples.get(`headroom_gpu_budget_bytes{${labels(0, 24)}}`)).toBe(16 * 2 ** 30);
    expect(samples.get(`headroom_gpu_budget_bytes{${labels(1, 8)}}`)).toBe(8 * 2 ** 30);
    expect(samples.get('headroom_limit_ratio')).toBe(0.75);
    expect([...samples.keys()].filter((name) => name.startsWith('DCGM_FI_DEV_ECC_DBE_VOL_TOTAL{'))).toEqual([]);
    expect((await ask(one)).headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
  });

  it('answers loopback host names only', async () => {
    panel = await start({}, ['--metrics']);
    expect((await ask(panel, { Origin: 'http://evil.example' })).status).toBe(403);
  });
});
