import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { defaultSettings, type Plan, type PlanRequest, type Settings, type SettingsState } from '#contract';
import { gpuDevice, gpuSample, telemetryOf, tickOf } from '#samples';
import { openBrowser, saveShot, violations, WAIT } from '../fixtures/browser.ts';
import { openPage, panelState } from '../fixtures/page.ts';

const GIB = 2 ** 30;
const CARDS = 8;
let browser: Browser;
let page: Page;
let core: Awaited<ReturnType<typeof openPage>>;
const problems: string[] = [];

const devices = Array.from({ length: CARDS }, (_, index) =>
  gpuDevice({ index, uuid: `GPU-${index}`, name: 'H100 80GB', memoryTotalMiB: 81_920 }),
);
const tick = tickOf(
  Date.now(),
  ...devices.map(({ index, uuid }) => gpuSample({ index, uuid, memoryTotalMiB: 81_920, memoryUsedMiB: 900 + index })),
);
const models = ['Qwen2.5-14B', 'Llama-3.1-8B-Instruct-with-a-long-name'].map((name) => ({
  path: `/models/${name}`,
  name,
  gguf: false,
  toy: false,
}));

/** A plan over all GPUs; the third is the tightest. */
function planOf(verdict: Plan['verdict'], request: PlanRequest): Plan {
  const gpus = devices.map(({ index, name }) => {
    const weights = (index === 2 ? 40 : 24) * GIB;
    const live = weights + 5.4 * GIB;
    return {
      ...{
        index,
        name,
        card_total: 80 * GIB,
        others: 0,
        driver: 0,
        weights,
        kv_cache: 4 * GIB,
        activations: 1.4 * GIB,
      },
      ...{ loading: 0, context: 0.7 * GIB, live_peak: live, reserved_peak: live, total_low: live, total: live + GIB },
      ...{ budget: 64 * GIB, allowed: 63.3 * GIB, headroom: 10 * GIB },
    };
  });
  const total = gpus.reduce((sum, gpu) => sum + gpu.total, 0);
  return {
    ...{ verdict, refusal_sentence: null, chosen_chunk: null, method: 'traced', reason: null, reason_sentence: null },
    ...{ corrected_from: 2, weights: 0, kv_cache: 0, activations: 0, total_low: total, total, budget: 512 * GIB, gpus },
    ...{ offload: null, stopped_sentence: null },
    ways_out: verdict === 'does_not_fit' ? [{ change: 'limit', from: 0.1, to: 0.55, total, price_sentence: null }] : [],
    ...(request.fit ? { fit: { context: { value: 131_072, reserved_peak: total }, batch: null } } : {}),
  };
}

/** What the core answers, and what it was asked. */
let answerPlan: (request: PlanRequest) => Plan | Promise<Plan>;
let calls: { command: string; input: unknown }[] = [];
const asked = (command: string) => calls.filter((call) => call.command === command).map(({ input }) => input);

const settings = (desired: Partial<Settings>): SettingsState => {
  const running = { ...defaultSettings, LBS_GPU_MEMORY_LIMIT: 0.8 };
  const all = { ...running, ...desired };
  const pending = Object.keys(desired).filter((name) => desired[name as 'LBS_PORT'] !== running[name as 'LBS_PORT']);
  return { desired: all, running, overrides: {}, pending: pending as SettingsState['pending'], exposedHost: null };
};

beforeAll(async () => {
  ({ browser, page } = await openBrowser(problems));
  answerPlan = (request) => planOf('fits', request);
  core = await openPage(page, {
    state: panelState(devices, {
      settings: settings({}),
      telemetry: telemetryOf({ devices }),
      models: { folders: ['/models'], found: models, scans: [], converting: null },
    }),
    ticks: [tick],
    answer(command, input) {
      calls.push({ command, input });
      if (command === 'plan.make') return answerPlan(input as PlanRequest);
      if (command === 'settings.apply') return { differing: [] };
      if (command === 'runs.submit') return { req_id: 'run-1' };
      if (command === 'datasets.list') return { 'C-Eval': ['C-Eval', 'accountant'] };
      if (command === 'datasets.folders') return [];
      return [];
    },
  });
  await run().waitFor(WAIT);
});
afterAll(() => browser?.close());
beforeEach(() => {
  calls = [];
  answerPlan = (request) => planOf('fits', request);
});

const run = () => page.getByRole('button', { name: /^(Run|运行)$/ });
const plan = () => page.getByRole('region', { name: 'Memory of this run' });
const pending = () => page.getByRole('region', { name: 'Under the pending settings' });
const limits = () => page.getByRole('region', { name: 'Limits', exact: true });
const parameters = () => page.getByRole('button', { name: 'Parameters' });
const bottomOfRun = async () => {
  const box = await run().boundingBox();
  return box ? box.y + box.height : Number.POSITIVE_INFINITY;
};

/** Pictures in both themes; nothing is wider than the window, and axe finds nothing. */
async function inspect(name: string, sizes: readonly (readonly [number, number])[], where = '#run'): Promise<void> {
  for (const [width, height] of sizes) {
    await page.setViewportSize({ width, height });
    if (width < 1100) await page.locator(where).scrollIntoViewIfNeeded();
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      await saveShot(page, `next-run-${name}-${width}-${colorScheme}`);
    }
    const wider = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
    expect(wider, `${name} at ${width}`).toBeLessThanOrEqual(0);
    const cut = await page.evaluate<string[]>(
      `[...document.querySelectorAll('#run, .limits')].filter((card) => card.scrollWidth > card.clientWidth).map((card) => card.id)`,
    );
    expect(cut, `${name} at ${width}`).toEqual([]);
  }
  await page.setViewportSize({ width: 1280, height: 800 });
}

describe('the form', () => {
  it('has Run above y=480, also with its fields open, and within 12 tab stops', async () => {
    await plan().getByText('tightest: GPU 2, 46.4 GiB of 64.0 GiB').waitFor(WAIT);
    await page.getByRole('button', { name: 'Run at the longest that fits: 131,072' }).waitFor(WAIT);
    expect(await bottomOfRun()).toBeLessThan(480);
    await page.evaluate('document.activeElement?.blur(); scrollTo(0, 0)');
    let stops = 1;
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await expect.poll(() => page.evaluate('document.activeElement?.id'), WAIT).toBe('run');
    while (stops <= 12 && (await page.evaluate('document.activeElement?.textContent')) !== 'Run') {
      await page.keyboard.press('Tab');
      stops += 1;
    }
    expect(stops).toBeLessThanOrEqual(12);
    await inspect('folded', [
      [1920, 1080],
      [1280, 800],
      [800, 600],
      [640, 400],
    ]);
    await parameters().click();
    await page.getByRole('textbox', { name: 'Repeats' }).waitFor(WAIT);
    expect(await bottomOfRun()).toBeLessThan(480);
    await inspect('open', [
      [1280, 800],
      [800, 600],
      [640, 400],
    ]);
    expect(await violations(page)).toEqual([]);
  });

  it('comes back after a reload, with what is open', async () => {
    await page.getByRole('textbox', { name: 'Repeats' }).fill('5');
    await page.getByRole('combobox', { name: 'Model' }).selectOption('/models/Llama-3.1-8B-Instruct-with-a-long-name');
    await expect.poll(() => page.url(), WAIT).toContain('needle.repeats=5');
    await page.reload();
    await parameters().getByText('512, 1k, 2k × 5 depths × 5 repeats, 48 new tokens').waitFor(WAIT);
    expect(await page.getByRole('combobox', { name: 'Model' }).inputValue()).toBe(models[1]?.path);
    expect(await page.getByRole('textbox', { name: 'Repeats' }).inputValue()).toBe('5');
    await page.getByRole('textbox', { name: 'Repeats' }).fill('3');
    await parameters().click();
    await expect.poll(() => page.url(), WAIT).not.toContain('repeats');
  });
});

describe('a plan that is asked again', () => {
  it('leaves the old verdict dimmed, and Run waits for the answer', async () => {
    await plan().getByText('fits', { exact: true }).waitFor(WAIT);
    let arrive: (() => void) | undefined;
    answerPlan = (request) =>
      new Promise((resolve) => {
        arrive = () => resolve(planOf('tight', request));
      });
    await parameters().click();
    await page.getByRole('textbox', { name: 'Context lengths' }).fill('4096');
    await parameters().click();
    await expect.poll(() => plan().getAttribute('aria-busy'), WAIT).toBe('true');
    await plan().getByText('fits', { exact: true }).waitFor(WAIT);
    await run().click();
    await page.getByText('Starts when the prediction is here.').waitFor(WAIT);
    await saveShot(page, 'next-run-busy');
    expect(asked('runs.submit')).toEqual([]);
    await expect.poll(() => arrive, WAIT).toBeDefined();
    answerPlan = (request) => planOf('tight', request);
    arrive?.();
    await expect.poll(() => asked('runs.submit'), WAIT).toHaveLength(1);
    expect(asked('runs.submit')[0]).toMatchObject({ parameters: { context_lengths: [4096] } });
    await page.getByRole('link', { name: 'Open the run' }).waitFor(WAIT);
  });

  it('never shows the verdict of another model, and does not start what turns out not to fit', async () => {
    let arrive: (() => void) | undefined;
    answerPlan = (request) =>
      new Promise((resolve) => {
        arrive = () => resolve(planOf('does_not_fit', request));
      });
    await page.getByRole('combobox', { name: 'Model' }).selectOption(models[0]?.path ?? '');
    await plan().getByText('Predicting…').waitFor(WAIT);
    expect(await plan().getByText('tight', { exact: true }).count()).toBe(0);
    await run().click();
    await expect.poll(() => arrive, WAIT).toBeDefined();
    arrive?.();
    await page.getByText('Not started: it would not fit.').waitFor(WAIT);
    expect(asked('runs.submit')).toEqual([]);
    await saveShot(page, 'next-run-refused');
  });
});

it('queues the run until as much memory is free as it is predicted to need', async () => {
  const peak = 17.2 * 2 ** 30;
  answerPlan = (request) => ({ ...planOf('fits', request), total: peak });
  core.state({ settings: settings({}) });
  await page.getByRole('button', { name: 'When free…' }).click();
  const form = page.getByRole('dialog', { name: 'When free…' });
  const size = form.getByLabel('GPU memory that must be free');
  await size.fill('18 GiB');
  expect(await violations(page)).toEqual([]);
  await form.getByRole('button', { name: 'Queue' }).click();
  await expect.poll(() => asked('runs.submit'), WAIT).toMatchObject([{ wait_for_bytes: 18 * 2 ** 30 }]);
  await form.waitFor({ ...WAIT, state: 'detached' });
});

describe('pending settings', () => {
  it('show both verdicts, and are applied and run with one button', async () => {
    answerPlan = (request) => planOf(request.limit === 0.1 ? 'does_not_fit' : 'fits', request);
    core.state({ settings: settings({ LBS_GPU_MEMORY_LIMIT: 0.1, LBS_LOCAL_DEVICE_MAP: 'cuda:9' }) });
    await plan().getByText('under 0.80 in force', { exact: false }).waitFor(WAIT);
    await pending().getByText('under 0.10 pending').waitFor(WAIT);
    await pending().getByText('does not fit', { exact: true }).waitFor(WAIT);
    await pending().getByText('Not predicted before it is applied: LBS_LOCAL_DEVICE_MAP.').waitFor(WAIT);
    await pending().getByRole('button', { name: 'limit 0.55' }).waitFor(WAIT);
    await limits().getByRole('button', { name: 'Apply' }).waitFor(WAIT);
    expect(await bottomOfRun()).toBeLessThan(480);
    await inspect('pending', [
      [1280, 800],
      [800, 600],
      [640, 400],
    ]);
    expect(await violations(page)).toEqual([]);
    await pending().getByRole('button', { name: 'Apply and run' }).click();
    await expect.poll(() => asked('runs.submit'), WAIT).toHaveLength(1);
    expect(calls.map(({ command }) => command).filter((name) => /apply|submit/.test(name))).toEqual([
      'settings.apply',
      'runs.submit',
    ]);
    // What was applied is undone, too.
    core.state({ settings: settings({}) });
    await limits().getByRole('button', { name: 'Limits' }).click();
    await limits().getByRole('button', { name: 'Undo what was applied last' }).click();
    await expect
      .poll(() => asked('settings.change'), WAIT)
      .toEqual([{ values: { LBS_GPU_MEMORY_LIMIT: 0.8, LBS_LOCAL_DEVICE_MAP: 'auto' } }]);
    await limits().getByRole('button', { name: 'Limits' }).click();
  });

  it('cannot be applied where they leave nothing of a GPU', async () => {
    core.state({ settings: settings({ LBS_GPU_MEMORY_LIMIT: '-90GiB' }) });
    await limits().getByText('This leaves nothing of GPU').waitFor(WAIT);
    expect(await limits().getByRole('button', { name: 'Apply' }).isDisabled()).toBe(true);
    expect(await pending().getByRole('button', { name: 'Apply and run' }).isDisabled()).toBe(true);
    await limits().getByRole('button', { name: 'Undo', exact: true }).waitFor(WAIT);
  });
});

describe('the limits', () => {
  it('open into controls that take a limit as it is typed, and offer the devices that exist', async () => {
    core.state({ settings: settings({ LBS_LOCAL_DEVICE_MAP: 'cuda:9' }) });
    await limits().getByRole('button', { name: 'Limits' }).click();
    await limits().getByText('This machine has no cuda:9.').waitFor(WAIT);
    expect(await limits().getByRole('combobox', { name: 'Device map' }).locator('option').allTextContents()).toEqual([
      ...['auto', 'cpu', ...devices.map(({ index }) => `cuda:${index}`)],
      'cuda:9',
    ]);
    const value = page.getByRole('textbox', { name: 'Limit value' });
    for (const [typed, limit] of [
      ['80 %', 0.8],
      ['22 GiB', '22GiB'],
      ['leave 2 GiB', '-2GiB'],
      ['60', 0.6],
    ] as const) {
      await value.fill(typed);
      await value.press('Enter');
      await expect
        .poll(() => asked('settings.change').at(-1), WAIT)
        .toEqual({ values: { LBS_GPU_MEMORY_LIMIT: limit } });
    }
    await inspect('limits', [
      [1280, 800],
      [800, 600],
      [640, 400],
    ]);
    expect(await violations(page)).toEqual([]);
  });

  it('import pasted lines one by one', async () => {
    await page.getByRole('button', { name: 'Paste export lines' }).click();
    const dialog = page.getByRole('dialog', { name: 'Paste export lines' });
    await dialog
      .getByRole('textbox')
      .fill('export LBS_GPU_MEMORY_LIMIT=22GiB\n$env:LBS_TORCH_DTYPE="int3"\nset LBS_TYPO=1\nLBS_USE_MODEL_CACHE=0');
    const lines = dialog.getByRole('table', { name: 'What each line changes' });
    await lines.getByRole('row', { name: '1 LBS_GPU_MEMORY_LIMIT 0.80 → 22GiB' }).waitFor(WAIT);
    await lines.getByRole('row', { name: /^2 LBS_TORCH_DTYPE: The data type must be/ }).waitFor(WAIT);
    await lines.getByRole('row', { name: '3 LBS_TYPO: this is not a setting' }).waitFor(WAIT);
    await saveShot(page, 'next-run-import');
    expect(await violations(page)).toEqual([]);
    await dialog.getByRole('button', { name: 'Import 2 settings' }).click();
    await dialog.waitFor({ ...WAIT, state: 'detached' });
    expect(asked('settings.change')).toEqual([
      { values: { LBS_GPU_MEMORY_LIMIT: '22GiB', LBS_USE_MODEL_CACHE: false } },
    ]);
  });
});

it('speaks Chinese, without an error on the console', async () => {
  core.state({ settings: settings({ LBS_GPU_MEMORY_LIMIT: 0.1 }) });
  await page.evaluate(`localStorage.setItem('headroom-language', 'zh')`);
  await page.reload();
  await run().waitFor(WAIT);
  await inspect('chinese', [
    [1280, 800],
    [640, 400],
  ]);
  expect(await violations(page)).toEqual([]);
  expect(problems).toEqual([]);
});
