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

const H100_MIB = 81_408;
const eight = Array.from({ length: 8 }, (_, index) =>
  gpuDevice({ uuid: `GPU-${index}`, index, name: 'NVIDIA H100 80GB HBM3', memoryTotalMiB: H100_MIB }),
);
const eightSamples = (used: number) =>
  eight.map(({ uuid, index }) => {
    const values = { memoryUsedMiB: used, memoryFreeMiB: H100_MIB - used, utilizationGpu: 98, temperature: 71 };
    return gpuSample({ uuid, index, memoryTotalMiB: H100_MIB, ...(index === 2 ? { state: 'lost' } : values) });
  });
const languages = {
  en: {
    locale: 'en-US',
    headroom: 'headroom',
    lost: 'GPU lost',
    limit: '8 × H100 80GB HBM3 · limit 0.80 = 63.6 GiB each',
  },
  zh: {
    locale: 'zh-CN',
    headroom: '余量',
    lost: 'GPU 已丢失',
    limit: '8 × H100 80GB HBM3 · 限制 0.80 = 每块 63.6 GiB',
  },
} as const;

it.each(Object.values(languages))('shows eight GPUs as a table without scrolling, in $locale', async (words) => {
  const own = await browser.newPage({
    viewport: { width: 1280, height: 800 },
    colorScheme: 'dark',
    locale: words.locale,
  });
  own.on('pageerror', (error) => problems.push(error.message));
  const row = (index: number) => own.getByRole('row', { name: new RegExp(`^GPU ${index}\\b`) });
  const vllm = gpuProcess({ gpuUuid: 'GPU-7', name: '/opt/bin/vllm serve', user: 'uid 1002', usedMiB: 9_000 });
  const state = panelState(eight, { telemetry: telemetryOf({ devices: eight, processes: [vllm] }) });
  state.settings.running = { ...state.settings.desired, LBS_GPU_MEMORY_LIMIT: 0.8 };
  const core = await openPage(own, { state, ticks: [tick(...eightSamples(30_720))], answer: () => [] });
  await own.getByText(words.limit).waitFor(WAIT);
  await own.getByRole('columnheader', { name: words.headroom }).waitFor(WAIT);
  await row(7).getByText('49.5 GiB').waitFor(WAIT);
  await row(7).getByText('vllm · uid 1002').waitFor(WAIT);
  await row(2).getByText(words.lost).waitFor(WAIT);
  for (const index of eight.keys()) {
    const box = await row(index).boundingBox();
    expect(box?.height).toBeLessThanOrEqual(25);
    expect((box?.y ?? 0) + (box?.height ?? 0)).toBeLessThan(400);
  }
  core.tick(tick(...eightSamples(40_960)));
  await row(7).getByText('39.5 GiB').waitFor(WAIT);

  await row(6).getByRole('button').press('Enter');
  const card = own.getByRole('region', { name: 'GPU 6', exact: true });
  await card.getByText('39.5', { exact: true }).waitFor(WAIT);
  expect(own.url()).toContain('gpu=6');
  expect(await own.locator('.chart-stack .plot:not(.small)').count()).toBe(1);
  for (const [width, height] of [
    [1280, 800],
    [800, 600],
    [640, 400],
  ] as const) {
    await own.setViewportSize({ width, height });
    await own.screenshot({ path: `test/screenshots/gpu-table-${words.locale}-${width}.png` });
    const wider = await own.evaluate<number>('document.documentElement.scrollWidth - window.innerWidth');
    expect(wider, `${width} px`).toBe(0);
  }
  expect(await violations(own)).toEqual([]);
  await own.reload();
  await card.waitFor(WAIT);
  await own.close();
  expect(problems).toEqual([]);
});
