import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Interpreter, PanelError, type PanelState, verbatim } from '#contract';
import { openBrowser, openRoom, saveShot, violations, WAIT } from '../fixtures/browser.ts';
import { openPage, panelState } from '../fixtures/page.ts';

const SECTIONS = [
  'variables',
  'python',
  'folders',
  'datasets',
  'backends',
  'checks',
  'alerts',
  'polling',
  'appearance',
  'about',
];

let browser: Browser;
let page: Page;
let fake: Awaited<ReturnType<typeof openPage>>;
let called: [string, unknown][];
const problems: string[] = [];

const venv = '/venv/bin/python';
const other: Interpreter = {
  path: '/conda/bin/python',
  kind: 'conda',
  version: '3.12.1',
  torch: '2.13.0',
  cuda: '12.6',
  transformers: '5.23.0',
  state: 'ok',
  sentence: verbatim('torch'),
};
const broken: Interpreter = { ...other, path: '/old/python', version: '3.8.1', torch: null, state: 'failed' };
const ceval = (folder: string | null) => [
  {
    name: 'C-Eval',
    folder,
    changeable: true,
    found: folder && { files: 104, subjects: 52, items: { val: 1346, dev: 260 } },
    error_sentence: null,
  },
];

function answer(command: string, input: unknown): unknown {
  called.push([command, input]);
  switch (command) {
    case 'python.list':
      return { list: [{ ...other, path: venv, kind: 'setup' }, other, broken], limited: false };
    case 'datasets.folders':
      return ceval(null);
    case 'datasets.setFolder': {
      const { folder } = input as { folder: string };
      if (folder === '/empty') throw new PanelError('invalid_input', verbatim('/empty contains no questions.'));
      return ceval(folder);
    }
    default:
      return null;
  }
}

const open = async (given: Partial<PanelState> = {}) => {
  fake = await openPage(page, { state: panelState([], given), ticks: [], answer });
};
const section = async (name: string) => {
  await page.evaluate(`location.hash = '#/settings/${name}'`);
  await page.getByRole('main').locator('.section .card').waitFor(WAIT);
};
const last = (command: string) => called.findLast(([name]) => name === command)?.[1];
const inEvery = async (check: (where: string) => Promise<void>) => {
  for (const [width, height, colorScheme] of [
    [1280, 800, 'dark'],
    [800, 600, 'light'],
    [640, 400, 'dark'],
  ] as const) {
    await page.setViewportSize({ width, height });
    await page.emulateMedia({ colorScheme });
    await check(`${width}-${colorScheme}`);
  }
  await page.setViewportSize({ width: 1280, height: 800 });
};
const isCut = () =>
  page.evaluate<boolean>(
    'document.documentElement.scrollWidth > innerWidth || document.documentElement.scrollHeight > innerHeight',
  );

beforeAll(async () => {
  ({ browser, page } = await openBrowser(problems));
});
beforeEach(() => {
  called = [];
});
afterAll(() => browser.close());

describe('the Settings room', () => {
  it('has every section, in both languages, at every size, without a fault of axe', async () => {
    await open();
    for (const [language, words] of [
      ['English', 'Settings'],
      ['中文', '设置'],
    ] as const) {
      await section('appearance');
      await page.getByText(language, { exact: true }).click(WAIT);
      await openRoom(page, words);
      for (const name of SECTIONS) {
        await section(name);
        expect(await violations(page), `${name} ${language}`).toEqual([]);
        await inEvery(async (where) => {
          expect(await isCut(), `${name} ${where}`).toBe(false);
          // Dark pictures are English, light ones Chinese.
          if (where.endsWith('light') === (words === '设置')) await saveShot(page, `settings-${name}-${where}`);
        });
      }
    }
    await section('appearance');
    await page.getByText('English', { exact: true }).click(WAIT);
  });

  it('changes a variable by its own control, says where it stands, and finds it', async () => {
    await open();
    const settings = panelState([]).settings;
    await section('variables');
    const group = (name: string) => page.getByRole('group', { name, exact: true });
    await group('LBS_USE_MODEL_CACHE').getByText('in force').waitFor(WAIT);
    await group('LBS_USE_MODEL_CACHE').locator('label').first().click();
    await expect.poll(() => last('settings.change')).toEqual({ values: { LBS_USE_MODEL_CACHE: false } });
    fake.state({
      settings: {
        ...settings,
        desired: { ...settings.desired, LBS_USE_MODEL_CACHE: false },
        pending: ['LBS_USE_MODEL_CACHE'],
        overrides: { LBS_OFFLOAD: 'never' },
      },
    });
    await group('LBS_USE_MODEL_CACHE').getByText('pending: on → off').waitFor(WAIT);
    await page.getByRole('button', { name: 'Apply' }).waitFor(WAIT);
    expect(await group('LBS_OFFLOAD').getByRole('combobox').isDisabled()).toBe(true);
    await group('LBS_OFFLOAD').getByText('set in the environment: never').waitFor(WAIT);
    await page.getByRole('searchbox', { name: 'Search variables' }).fill('free port');
    expect(await page.getByRole('group', { name: /^LBS_/ }).count()).toBe(1);
    await page.getByRole('textbox', { name: 'LBS_PORT' }).fill('99999');
    await group('LBS_PORT').getByText('65535').waitFor(WAIT);
    await page.getByRole('textbox', { name: 'LBS_PORT' }).fill('5001');
    await page.getByRole('textbox', { name: 'LBS_PORT' }).press('Enter');
    await expect.poll(() => last('settings.change')).toEqual({ values: { LBS_PORT: 5001 } });
    await page.getByRole('searchbox').fill('GPU_MAX');
    await page.getByRole('textbox', { name: 'LBS_GPU_MAX_UTILIZATION' }).fill('75');
    await page.getByRole('textbox', { name: 'LBS_GPU_MAX_UTILIZATION' }).press('Enter');
    await expect.poll(() => last('settings.change')).toEqual({ values: { LBS_GPU_MAX_UTILIZATION: 0.75 } });
    await page.getByRole('searchbox').fill('MODEL_DIRS');
    await page.getByRole('textbox', { name: 'LBS_MODEL_DIRS' }).fill('/data/models');
    await page.getByRole('textbox', { name: 'LBS_MODEL_DIRS' }).press('Enter');
    await expect.poll(() => last('settings.change')).toEqual({ values: { LBS_MODEL_DIRS: '/data/models' } });
  });

  it('chooses a Python, makes one with its progress, and cancels it', async () => {
    await open();
    await section('python');
    await page.getByRole('listitem', { name: venv }).getByText('in force').waitFor(WAIT);
    await page.getByText('1 that would not run').click();
    expect(await page.getByRole('listitem', { name: '/old/python' }).getByRole('button').count()).toBe(0);
    await page.getByRole('button', { name: 'Choose /conda/bin/python' }).click(WAIT);
    await expect.poll(() => last('python.choose')).toEqual({ path: '/conda/bin/python' });
    const python = { next: other.path, running: venv, fixed: false, creating: null, failure: null };
    fake.state({ python });
    await page.getByText('The backend takes /conda/bin/python after a restart.').waitFor(WAIT);
    await page.getByRole('button', { name: 'Restart now' }).click(WAIT);
    await expect.poll(() => last('backend.restart')).toEqual({});
    await page.getByRole('button', { name: 'Create one for me' }).click(WAIT);
    await expect.poll(() => last('python.create')).toEqual({});
    const creating = {
      stage: 'torch' as const,
      since: Date.now(),
      lines: ['Downloading torch'],
      download: { done: 2 ** 28, total: 2 ** 29 },
    };
    fake.state({ python: { ...python, creating } });
    await page.getByText('2 of 4: installing PyTorch').waitFor(WAIT);
    await page.getByText('256.0 MiB / 512.0 MiB').waitFor(WAIT);
    await page.getByText('Downloading torch').waitFor(WAIT);
    expect(await violations(page)).toEqual([]);
    await saveShot(page, 'settings-python-creating');
    await page.getByRole('button', { name: 'Cancel' }).click(WAIT);
    await expect.poll(() => last('python.cancel')).toEqual({});
    fake.state({ python: { ...python, failure: verbatim('No space left on device') } });
    await page.getByText('No space left on device').waitFor(WAIT);
  });

  it('changes how often the GPUs are polled', async () => {
    await open();
    await section('polling');
    await page.getByRole('combobox', { name: 'A page in front, or a run in progress' }).selectOption('every 1 s');
    await expect.poll(() => last('polling.change')).toEqual({ busy: 1_000 });
  });

  it("sets C-Eval's folder, shows what is in it, and refuses one without questions", async () => {
    await open();
    await section('datasets');
    const field = page.getByRole('textbox', { name: 'Folder of C-Eval' });
    await field.fill('/empty');
    await page.getByRole('button', { name: 'Set folder' }).click(WAIT);
    await page.getByText('/empty contains no questions.').waitFor(WAIT);
    await field.fill('/data/ceval');
    await field.press('Enter');
    await page.getByText('52 subjects · 104 files · 1346 questions (val) · 260 examples (dev)').waitFor(WAIT);
    await page.getByRole('button', { name: 'Remove' }).click(WAIT);
    await expect.poll(() => last('datasets.setFolder')).toEqual({ name: 'C-Eval', folder: null });
    expect(problems).toEqual([]);
  });
});

describe('the first run', () => {
  const card = () => page.getByRole('region', { name: /Getting ready|准备就绪检查/ });
  const failed = (): PanelState['backend'] => ({
    ...panelState([]).backend,
    phase: 'failed',
    reason: {
      code: 'missing_python',
      sentence: verbatim('There is no Python at /nowhere.'),
      advice: null,
      exitCode: null,
      signal: null,
      lines: [],
    },
  });

  it('offers what is missing: emulated GPUs, a new Python, and to skip; it is kept by the core', async () => {
    const state = panelState([]);
    await open({
      firstRun: { done: false, skipped: [] },
      telemetry: { ...state.telemetry, source: 'emulator' },
      checks: {
        running: false,
        at: 1,
        list: [{ id: 'driver', state: 'warning', sentence: verbatim('emulated'), detail: [], fix: null }],
      },
      backend: failed(),
    });
    await card().getByText('No NVIDIA driver was found').waitFor(WAIT);
    await card().getByText('There is no Python at /nowhere.').waitFor(WAIT);
    await card().getByText('Waits for Python.').waitFor(WAIT);
    expect(await violations(page)).toEqual([]);
    await inEvery(async (where) => {
      expect(await isCut()).toBe(false);
      await saveShot(page, `first-run-${where}`);
    });
    await card().getByRole('button', { name: 'Use emulated GPUs' }).click(WAIT);
    await expect.poll(() => last('firstRun.skip')).toEqual({ step: 'gpu' });
    await card().getByRole('button', { name: 'Create one for me' }).click(WAIT);
    await expect.poll(() => last('python.create')).toEqual({});
    await card().getByRole('button', { name: 'Skip Python' }).click(WAIT);
    await expect.poll(() => last('firstRun.skip')).toEqual({ step: 'python' });
  });

  it('ticks all three, tells the core once, and closes', async () => {
    const state = panelState([]);
    await open({ firstRun: { done: false, skipped: [] }, backend: { ...state.backend, phase: 'starting' } });
    await card().getByText('The backend is starting').waitFor(WAIT);
    fake.state({ backend: { ...state.backend, torch: '2.13.0' } });
    await page.getByText('Everything is ready').waitFor(WAIT);
    await expect.poll(() => last('firstRun.dismiss')).toEqual({});
    fake.state({ firstRun: { done: true, skipped: [] } });
    await page.getByRole('button', { name: 'Close and do not show again' }).click(WAIT);
    await card().waitFor({ ...WAIT, state: 'detached' });
    await open();
    await page.getByRole('navigation', { name: 'Rooms' }).waitFor(WAIT);
    expect(await card().count()).toBe(0);
    expect(problems).toEqual([]);
  });
});
