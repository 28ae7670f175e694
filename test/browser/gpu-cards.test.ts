import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { declareSentences, type GpuProcess, type GpuSample, type Tick } from '#contract';
import { gpuDevice, gpuProcess, gpuSample, telemetryOf, tickOf } from '#samples';
import { openBrowser, saveShot, violations, WAIT } from '../fixtures/browser.ts';
import { openPage, panelState } from '../fixtures/page.ts';

const GIB = 1_024;
let browser: Browser;
let page: Page;
const problems: string[] = [];

const { say } = declareSentences('gpu', {
  cardWithoutSmi: 'This machine has an NVIDIA GPU ({{trace}}), but nvidia-smi was not found. {{remedy}}',
  installInWindows: 'Install the NVIDIA driver in Windows, then restart WSL with wsl --shutdown.',
});

const unified = gpuDevice({ name: 'NVIDIA GB10', memoryTotalMiB: 120 * GIB, unified: true });
const pool: GpuSample = gpuSample({
  ...{ memoryTotalMiB: 120 * GIB, memoryUsedMiB: 32 * GIB, memoryReservedMiB: 18 * GIB, memoryFreeMiB: 70 * GIB },
  ...{ utilizationGpu: 41, temperature: 52, powerDrawW: 38, clockSmMHz: 2_418, pstate: 0 },
  reasons: { clockMemoryMHz: 'not_supported' },
});
const foreign: GpuProcess = gpuProcess({
  pid: 19_000,
  name: '/opt/host/bin/python',
  usedMiB: 32 * GIB,
  protection: 'unknown',
});
const tick = (...gpus: GpuSample[]): Tick => tickOf(Date.now(), ...gpus);
const telemetry = (given: Parameters<typeof telemetryOf>[0]) => telemetryOf({ processes: [foreign], ...given });
const card = (index: number) => page.getByRole('region', { name: `GPU ${index}`, exact: true });

beforeAll(async () => {
  ({ browser, page } = await openBrowser(problems));
});

afterAll(() => browser?.close());

/** The page in both themes, large and small: nothing of a card's header lies over something else. */
async function check(name: string, index: number): Promise<void> {
  for (const [width, height] of [
    [1280, 800],
    [800, 600],
  ] as const) {
    await page.setViewportSize({ width, height });
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      await saveShot(page, `${name}-${colorScheme}-${width}`);
    }
    const boxes = await card(index).locator('h2, .device, .bar, .no-memory, .vitals, .headroom-left').all();
    const found = (await Promise.all(boxes.map((one) => one.boundingBox()))).filter((box) => box !== null);
    expect(found.length).toBeGreaterThan(2);
    for (const [i, a] of found.entries()) {
      expect(a.width, `${name} at ${width}`).toBeGreaterThan(20);
      for (const b of found.slice(i + 1)) {
        const apart =
          a.x + a.width <= b.x + 1 ||
          b.x + b.width <= a.x + 1 ||
          a.y + a.height <= b.y + 1 ||
          b.y + b.height <= a.y + 1;
        expect(apart, `${name} at ${width}: ${JSON.stringify([a, b])}`).toBe(true);
      }
    }
  }
  expect(await violations(page)).toEqual([]);
}

it('shows unified memory, impossible values and a card without nvidia-smi, readable also when small', async () => {
  const state = panelState([unified], { telemetry: telemetry({ devices: [unified] }) });
  const core = await openPage(page, { state, ticks: [tick(pool)], answer: () => [] });
  await card(0).getByText('unified', { exact: true }).waitFor(WAIT);
  await card(0).getByText('system 18.0 GiB').waitFor(WAIT);
  await card(0).getByText('70.0', { exact: true }).waitFor(WAIT);
  const row = page.getByRole('row').filter({ hasText: '19000' });
  await row.getByText('owner unknown').waitFor(WAIT);
  expect(await row.getByRole('button', { name: /^End/ }).count()).toBe(0);
  await check('unified', 0);

  const two = [0, 1].map((index) =>
    gpuDevice({ uuid: `GPU-${index}`, index, name: 'NVIDIA GeForce RTX 4090', memoryTotalMiB: 24 * GIB }),
  );
  const good = gpuSample({ memoryTotalMiB: 24 * GIB, memoryUsedMiB: 5 * GIB, utilizationGpu: 7, temperature: 61 });
  const reasons = { memoryUsedMiB: 'implausible', utilizationGpu: 'implausible', temperature: 'implausible' } as const;
  const wild = gpuSample({ uuid: 'GPU-1', index: 1, memoryTotalMiB: 24 * GIB, reasons });
  core.state({ telemetry: telemetry({ devices: two }) });
  core.tick(tick(good, wild));
  await card(1).getByText('Memory usage unavailable').waitFor(WAIT);
  expect(await card(1).getByTitle('impossible value').count()).toBeGreaterThan(0);
  for (const index of [0, 1]) await check('impossible', index);

  const sentence = say('cardWithoutSmi', { trace: '/dev/dxg', remedy: say('installInWindows') });
  const fault = { kind: 'no_utilities', sentence, exitCode: null } as const;
  core.state({ telemetry: telemetryOf({ source: 'none', state: 'failed', fault }) });
  const failure = page.getByRole('region', { name: 'nvidia-smi does not work' });
  await failure.getByText('nvidia-smi was not found', { exact: true }).waitFor(WAIT);
  await failure.getByText(sentence.text).waitFor(WAIT);
  await failure.getByText('HEADROOM_NVIDIA_SMI=emulator').waitFor(WAIT);
  await saveShot(page, 'no-utilities');
  expect(problems).toEqual([]);
});
