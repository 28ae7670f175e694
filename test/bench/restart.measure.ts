import { spawn } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { healthSchema } from '#contract';
import type { ControlPlane } from '../../electron/core/control-plane.ts';
import { makeWorld, startPlane } from '../faults/faults.ts';
import { makeHome, panelEnvironment, python, root } from '../fixtures/panel.ts';

/**
 * Apply to "a worker is ready" (torch imported, limit computed), ten in a row, against a cold `python server.py` until
 * its health says the same. Both in this run, on this machine.
 */
const RESTARTS = 10;
const COLD = 5;
const MOST = 0.15;
const WAIT = { timeout: 60_000, interval: 5 };

it('Apply to ready is a fraction of a cold start, ten in a row', async () => {
  const cold = [];
  for (let i = 0; i < COLD; i += 1) cold.push(await coldStart());
  const world = await makeWorld('torch');
  const plane = await startPlane(world);
  try {
    await vi.waitFor(() => expect(plane.state().warm.state).toBe('warm'), WAIT);
    const warm = [];
    for (let i = 0; i < RESTARTS; i += 1) warm.push(await apply(plane, i % 2 ? 0.5 : 0.6));
    const ratio = Math.max(...warm) / median(cold);
    console.log(`cold server.py: ${text(cold)}, median ${Math.round(median(cold))} ms`);
    console.log(`Apply to ready: ${text(warm)}, median ${Math.round(median(warm))} ms; its steps: ${steps(plane)}`);
    console.log(
      `slowest to median of cold: ${ratio.toFixed(3)}, median to median ${(median(warm) / median(cold)).toFixed(3)} (${MOST} at most)`,
    );
    expect(ratio).toBeLessThanOrEqual(MOST);
  } finally {
    await plane.stop();
    await world.remove();
  }
});

async function apply(plane: ControlPlane, limit: number): Promise<number> {
  await plane.handlers['settings.change']({ values: { LBS_GPU_MEMORY_LIMIT: limit } });
  const begin = performance.now();
  await plane.handlers['settings.apply']({ when: 'now' });
  await vi.waitFor(
    () => expect(plane.state().backend.steps.at(-1)).toMatchObject({ name: 'worker', endedAt: expect.any(Number) }),
    WAIT,
  );
  const took = performance.now() - begin;
  expect(plane.state().settings.running?.LBS_GPU_MEMORY_LIMIT).toBe(limit);
  return took;
}

async function coldStart(): Promise<number> {
  const home = await makeHome();
  const portFile = join(home, 'port.json');
  const env = {
    ...panelEnvironment(home),
    LBS_PORT: '0',
    HEADROOM_PORT_FILE: portFile,
    LBS_EMULATED_GPUS: '256MiB',
    LBS_GPU_MEMORY_LIMIT: '0.5',
  };
  const begin = performance.now();
  const server = spawn(python, ['-u', 'server.py'], { cwd: join(root, 'python'), env, stdio: 'ignore' });
  const gone = new Promise((resolve) => server.once('exit', resolve));
  try {
    await vi.waitFor(async () => {
      const { port } = JSON.parse(await readFile(portFile, 'utf8'));
      const answer = await fetch(`http://127.0.0.1:${port}/api/health`);
      const health = healthSchema.parse(await answer.json());
      expect(health.worker.state).toBe('idle');
    }, WAIT);
    return performance.now() - begin;
  } finally {
    server.kill();
    await gone;
    await rm(home, { recursive: true, force: true, maxRetries: 5 });
  }
}

const steps = (plane: ControlPlane) =>
  plane
    .state()
    .backend.steps.map(({ name, startedAt, endedAt }) => `${name} ${(endedAt ?? Number.NaN) - startedAt}`)
    .join(', ');
const text = (times: number[]) => times.map((ms) => Math.round(ms)).join(', ');
const median = (times: number[]) => [...times].sort((a, b) => a - b)[Math.floor(times.length / 2)] ?? Number.NaN;
