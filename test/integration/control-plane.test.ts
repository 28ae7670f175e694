import { readdir, readFile, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { needleResultSchema, type Run, type Tick } from '#contract';
import { type ControlPlane, createControlPlane } from '../../electron/core/control-plane.ts';
import { makeHome, panelEnvironment, root } from '../fixtures/panel.ts';

const WAIT = { timeout: 60_000, interval: 50 };

let home: string;
let plane: ControlPlane;

beforeAll(async () => {
  home = await makeHome();
  plane = await createControlPlane({
    env: panelEnvironment(home, { LBS_WARM_WORKERS: '1' }),
    platform: process.platform,
    home: homedir(),
    shell: 'serve',
    version: '0.0.0',
    resources: root,
  });
  await plane.start();
  await vi.waitFor(() => expect(plane.state().backend.phase).toBe('ready'), WAIT);
});

afterAll(async () => {
  await plane?.stop();
  await rm(home, { recursive: true, force: true });
});

const idle = () => vi.waitFor(() => expect(plane.state().backend.worker).toBe('idle'), WAIT);

describe('the control plane over the real backend and the emulator', () => {
  it('finds the toy model and says that the GPUs are emulated', async () => {
    await vi.waitFor(() => expect(plane.state().telemetry.state).toBe('ok'), WAIT);
    expect(plane.state().telemetry).toMatchObject({ source: 'emulator', devices: [{ name: 'Emulated GPU 256 MiB' }] });
    expect(plane.state().models.found).toMatchObject([{ name: 'models/tiny-llama', toy: true }]);
  });

  it('applies settings: health reports exactly them', async () => {
    await plane.handlers['settings.change']({ values: { LBS_GPU_MEMORY_LIMIT: 0.5, LBS_TORCH_DTYPE: 'float32' } });
    expect(plane.state().settings.pending).toEqual(['LBS_GPU_MEMORY_LIMIT', 'LBS_TORCH_DTYPE']);
    await plane.handlers['settings.apply']({ when: 'now' });
    const { running, desired, pending } = plane.state().settings;
    expect(running).toEqual(desired);
    expect(running).toMatchObject({ LBS_GPU_MEMORY_LIMIT: 0.5, LBS_TORCH_DTYPE: 'float32', LBS_OFFLOAD: 'ask' });
    expect(pending).toEqual([]);
    await idle();
    expect(plane.state().backend.limits).toMatchObject([{ index: 0, budget: 128 * 2 ** 20 }]);
  });

  it('rejects invalid values, and keeps the saved ones', async () => {
    await expect(plane.handlers['settings.change']({ values: { LBS_GPU_MEMORY_LIMIT: 80 } })).rejects.toMatchObject({
      code: 'invalid_input',
      message: expect.stringContaining('0.8 means 80 %'),
    });
    expect(plane.state().settings.desired.LBS_GPU_MEMORY_LIMIT).toBe(0.5);
    const submit = plane.handlers['runs.submit']({ model: home, dataset: 'NeedleInAHaystack', parameters: {} });
    await expect(submit).rejects.toMatchObject({ code: 'invalid_input', details: { code: 'invalid_model' } });
  });

  it('runs the needle test; memory rises under the limit and is given back', async () => {
    const ticks: Tick[] = [];
    const runs: Run[] = [];
    const stop = [plane.stream('ticks').onItem((t) => ticks.push(t)), plane.stream('runs').onItem((r) => runs.push(r))];
    const { req_id } = await plane.handlers['runs.submit']({
      model: join(home, 'models', 'tiny-llama'),
      dataset: 'NeedleInAHaystack',
      parameters: { context_lengths: [512, 1024], depths: [0, 100], max_new_tokens: 16 },
    });
    await vi.waitFor(() => expect(runs.at(-1)?.status).toBe('completed'), WAIT);
    expect(runs.some((run) => run.req_id === req_id && run.status === 'processing' && run.current_item > 0)).toBe(true);
    const result = needleResultSchema.parse(runs.at(-1)?.result);
    expect(result.total_tests).toBe(8);
    expect(result.peak_memory['0']).toBeLessThanOrEqual(128 * 2 ** 20);
    await vi.waitFor(() => expect(ticks.at(-1)?.gpus[0]?.ours?.weightsMiB).toBe(0), WAIT);
    expect(Math.max(...ticks.map((tick) => tick.gpus[0]?.ours?.weightsMiB ?? 0))).toBeGreaterThan(5);
    for (const end of stop) end();
    // The history has it too, with its process.
    const source = ticks[0]?.gpus[0]?.uuid ?? '';
    const span = { from: ticks[0]?.time ?? 0, to: (ticks.at(-1)?.time ?? 0) + 1, width: 50 };
    const past = await plane.handlers['history.window']({ source, metrics: ['oursMiB'], ...span });
    const most = Math.max(...ticks.map((tick) => tick.gpus[0]?.ours?.usedMiB ?? 0));
    expect(Math.max(...(past.metrics.oursMiB?.max ?? []).map(Number))).toBeCloseTo(most, 1);
    // The process list is polled every few seconds, less often while no page is visible: a quick run may fall in between.
    const onGpu = () => plane.handlers['history.processes']({ gpuUuid: source, ...span, to: Date.now() });
    await vi.waitFor(async () => expect((await onGpu()).list).not.toEqual([]), WAIT);
    expect((await plane.handlers['history.export']({ from: span.from, to: span.to, format: 'csv' })).text).toContain(
      source,
    );
  });

  it('kill -9 of the backend: the crash is reported and the backend restarts', async () => {
    const before = plane.state().backend.pid;
    process.kill(before ?? 0, 'SIGKILL');
    await vi.waitFor(() => expect(plane.state().backend.phase).toBe('backoff'), WAIT);
    expect(plane.state().backend.reason).toMatchObject({ code: 'crash', signal: 'SIGKILL' });
    await vi.waitFor(() => expect(plane.state().backend.phase).toBe('ready'), WAIT);
    expect(plane.state().backend.pid).not.toBe(before);
    await idle();
    expect(plane.state().events.map((event) => event.kind)).toContain('crashed');
    const [incident] = (await readdir(join(home, 'incidents'))).filter((name) => name.endsWith('-crash.json'));
    expect(JSON.parse(await readFile(join(home, 'incidents', incident ?? ''), 'utf8'))).toMatchObject({
      kind: 'crash',
      reason: { signal: 'SIGKILL' },
      settings: { desired: { LBS_GPU_MEMORY_LIMIT: 0.5 } },
    });
    const [report] = await plane.handlers['crashes.list']({});
    expect(report).toMatchObject({ sentence: { text: expect.stringContaining('was killed (SIGKILL)') }, lastHour: 1 });
    const { output, memory } = await plane.handlers['crashes.get']({ id: report?.id ?? '' });
    expect(output.join('\n')).toContain('headroom');
    expect(memory.ticks.length).toBeGreaterThan(1);
  });

  it('kill -9 of the backend in the middle of a run: the run is reported as failed, here and by the next backend', async () => {
    const runs: Run[] = [];
    const stop = plane.stream('runs').onItem((run) => runs.push(run));
    const { req_id } = await plane.handlers['runs.submit']({
      model: join(home, 'models', 'tiny-llama'),
      dataset: 'NeedleInAHaystack',
      parameters: { context_lengths: [2048], depths: [0, 25, 50, 75, 100], max_new_tokens: 64 },
    });
    await vi.waitFor(() => expect(runs.at(-1)).toMatchObject({ req_id, status: 'processing' }), WAIT);
    process.kill(plane.state().backend.pid ?? 0, 'SIGKILL');
    await vi.waitFor(() => expect(runs.at(-1)).toMatchObject({ req_id, status: 'failed' }), WAIT);
    expect(plane.state().backend.phase).toBe('backoff');
    await vi.waitFor(() => expect(plane.state().backend.phase).toBe('ready'), WAIT);
    expect(await plane.handlers['runs.get']({ req_id })).toMatchObject({ status: 'failed' });
    await idle();
    stop();
  });

  it('clears and restarts: the worker’s CUDA context is freed', async () => {
    // A run leaves the worker's CUDA context on the GPU.
    const { req_id } = await plane.handlers['runs.submit']({
      model: join(home, 'models', 'tiny-llama'),
      dataset: 'NeedleInAHaystack',
      parameters: { context_lengths: [256], depths: [50], task_types: ['single_needle_retrieval'], max_new_tokens: 1 },
    });
    const ended = async () => (await plane.handlers['runs.get']({ req_id })).status === 'completed';
    await vi.waitFor(async () => expect(await ended()).toBe(true), WAIT);
    await vi.waitFor(() => expect(plane.stream('ticks').backlog().at(-1)?.gpus[0]?.ours?.contextMiB).toBe(12), WAIT);
    await plane.handlers['gpu.clearAndRestart']({});
    const clearing = plane.state().clearing;
    expect(clearing).toMatchObject({ active: false, problems: [] });
    for (const [uuid, before] of Object.entries(clearing?.beforeMiB ?? { none: 0 }))
      expect(clearing?.afterMiB?.[uuid]).toBeLessThan(before);
    expect(plane.state().clearing?.steps.map((step) => step.name)).toEqual([
      'measure',
      'stop',
      'sweep',
      'wait',
      'start',
      'done',
    ]);
    expect(plane.state().backend.phase).toBe('ready');
  });
});
