import { copyFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, Download, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type CommandName, PanelError, type Run, type RunConditions, verbatim } from '#contract';
import { gpuDevice, telemetryOf } from '#samples';
import { openBrowser, saveShot, violations, WAIT } from '../fixtures/browser.ts';
import { openPage, panelState } from '../fixtures/page.ts';
import { root } from '../fixtures/panel.ts';
import { cevalRun, failedRun, incident, needleItem, needleRun, runningRun } from '../fixtures/runs.ts';

const GIB = 1_024;
const uuid = 'GPU-0';
const device = gpuDevice({ uuid, name: 'NVIDIA GeForce RTX 4090', memoryTotalMiB: 24 * GIB });
let browser: Browser;
let page: Page;
let fake: Awaited<ReturnType<typeof openPage>>;
const problems: string[] = [];
const asked: [CommandName, unknown][] = [];
let unready = false;

const start = 1_780_000_000;
const span = { from: start * 1_000, to: (start + 271) * 1_000 };
const conditions: RunConditions = {
  span,
  gpus: [
    {
      uuid,
      sampledSeconds: 271,
      energyJ: 81_300,
      poweredSeconds: 271,
      throttled: { least: 41, most: 41 },
      reasons: [{ reason: 'sw_power_cap', least: 41, most: 41 }],
      oursMaxMiB: 16.8 * GIB,
      others: [{ pid: 8, name: '/home/ada/train.py', seconds: 100, maxMiB: 4 * GIB }],
    },
  ],
};
const runs: Run[] = [needleRun(start), cevalRun(start), failedRun(start), runningRun(start)];
const result = (id: string) => runs.find(({ req_id }) => req_id === id);

function answer(command: CommandName, input: unknown): unknown {
  asked.push([command, input]);
  const { req_id = '', key = '', offset = 0 } = input as { req_id?: string; key?: string; offset?: number };
  if (unready && command === 'runs.get') throw new PanelError('not_ready', verbatim('The backend is not ready.'));
  switch (command) {
    case 'runs.get': {
      const found = result(req_id);
      if (!found) throw new PanelError('not_found', verbatim(`Unknown run ${req_id}.`));
      return found;
    }
    case 'runs.item':
      return needleItem(key);
    case 'runs.items': {
      const items = req_id === 'running' ? (runningRun(start).tests as { key: string; item: object }[]) : [];
      return { total: items.length, items: items.slice(offset) };
    }
    case 'runs.conditions':
      return req_id === 'needle' ? conditions : { span, gpus: [] };
    case 'runs.log':
      return { text: '[Runner] Run needle begins: NeedleInAHaystack on /m\n[Runner] Run needle ends', left: 0 };
    case 'history.window': {
      const at = Array.from({ length: 200 }, (_, i) => i);
      const used = at.map((i) => (i < 20 ? 1 : i < 190 ? 15 + i / 100 : 1) * GIB);
      const cells = (values: number[]) => ({ min: values, max: values, mean: values });
      const metrics = {
        oursMiB: cells(used),
        memoryUsedMiB: cells(used.map((mib) => mib + 4 * GIB)),
        limitMiB: cells(at.map(() => 19.2 * GIB)),
      };
      return { tier: 'raw', columnMs: 1_355, gapMs: 5_000, oldest: 0, at, metrics };
    }
    case 'history.events':
      return [{ time: span.from + 60_000, kind: 'alert', text: 'memory is tight', gpuUuid: uuid, ref: 'a' }];
    case 'incidents.get':
      return incident(start);
    case 'runs.submit':
      return { req_id: 'running' };
    case 'text.redact': {
      const { text } = input as { text: string };
      return { text: text.replaceAll('hf_secret', '[removed]'), removed: 0 };
    }
    case 'datasets.list':
      return { NeedleInAHaystack: ['NeedleInAHaystack'] };
    default:
      return null;
  }
}

beforeAll(async () => {
  ({ browser, page } = await openBrowser(problems));
  const state = panelState([device], { telemetry: telemetryOf({ devices: [device] }) });
  fake = await openPage(page, { state, ticks: [], runs: [runningRun(start)], answer });
});

afterAll(() => browser?.close());

const open = (place: string) => page.evaluate(`location.assign(${JSON.stringify(place)})`);
const region = (name: string) => page.getByRole('region', { name, exact: true });

/** Both themes; large, small and zoomed: axe, and nothing that is cut off at the side. */
async function check(name: string): Promise<void> {
  const found: string[] = [];
  for (const [width, height] of [
    [1920, 1080],
    [1280, 800],
    [800, 600],
    [640, 400],
  ] as const) {
    await page.setViewportSize({ width, height });
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      await saveShot(page, `run-${name}-${colorScheme}-${width}`);
    }
    const wide = await page.evaluate<number>(
      "[...document.querySelectorAll('.room, .card')].filter((box) => box.scrollWidth > box.clientWidth + 1).length",
    );
    if (wide > 0) found.push(`${wide} boxes are wider than their place at ${width} px`);
  }
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    found.push(...(await violations(page)));
  }
  await page.setViewportSize({ width: 1280, height: 800 });
  expect(found, name).toEqual([]);
}

const speak = async (language: string) => {
  await page.evaluate(`localStorage.setItem('headroom-language', '${language}')`);
  await page.reload();
};

const saved = async (item: string, preview: boolean): Promise<string> => {
  await page.getByRole('button', { name: 'Export' }).click();
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    (async () => {
      await page.getByRole('menuitem', { name: item }).click();
      if (preview) await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
    })(),
  ]);
  const path = (await (download as Download).path()) ?? '';
  await copyFile(path, join(root, 'test', 'screenshots', `run-export.${item.slice(-4, -1).toLowerCase()}`));
  return (await readFile(path)).toString('latin1');
};

it('shows a needle run with its score, its answers, its memory and what slowed it', async () => {
  await open('#/runs/needle');
  await region('Score').getByText('0.90').first().waitFor(WAIT);
  await region('Score').getByText('120 answers · 3 repeats a cell · 0 cut off').waitFor(WAIT);
  await region('Speed and energy').getByText('slowed: 41 s of 271 s (power cap)').waitFor(WAIT);
  await region('Speed and energy').getByText('shared with train.py (4.00 GiB, 100 s)').waitFor(WAIT);
  await region('Speed and energy').getByText('420 ms on average; the longest 3.90 s').waitFor(WAIT);
  await region('Speed and energy').getByText('45 tokens/s').waitFor(WAIT);
  await region('Speed and energy').getByText('22.58 Wh').waitFor(WAIT);
  await region('Memory').getByText('alert').waitFor(WAIT);
  await region('Log of this run').getByText('[Runner] Run needle ends').waitFor(WAIT);
  await check('needle');
});

it('opens a cell by keys, and comes back to it after a reload', async () => {
  await page.getByRole('button', { name: /^1k, depth 0 %/ }).focus();
  for (const key of ['ArrowRight', 'ArrowDown', 'ArrowDown', 'End', 'Enter']) await page.keyboard.press(key);
  const answers = region('32k, depth 50 %');
  // The worst of its repeats first.
  await answers.getByText('2 of 3').waitFor(WAIT);
  await answers.getByText('5346456').waitFor(WAIT);
  await answers.getByText('expected 5346465').waitFor(WAIT);
  expect(await answers.locator('mark').first().innerText()).toBe('5346465');
  await answers.getByText('single needle · repeat 2 · 32,768 tokens in · 9 out').waitFor(WAIT);
  await answers.getByRole('button', { name: 'Next answer' }).click();
  await answers.getByText('3 of 3').waitFor(WAIT);
  await page.reload();
  await answers.getByText('3 of 3').waitFor(WAIT);
  await check('answer');
  await answers.getByRole('button', { name: 'Close the answers' }).click();
  expect(await answers.count()).toBe(0);
});

it('is saved as a picture, a table and a page that runs and loads nothing', async () => {
  expect((await saved('Picture (PNG)', false)).slice(1, 4)).toBe('PNG');
  const csv = await saved('Items (CSV)', true);
  expect(csv.trim().split('\r\n')).toHaveLength(121);
  const html = await saved('Page (HTML)', true);
  expect(html).toContain('Needle');
  expect(html).toContain('slowed: 41 s of 271 s');
  expect(asked).toContainEqual(['text.redact', expect.objectContaining({ person: true })]);
  expect(html).not.toMatch(/<script|hf_secret|\/home\/ada|src=|href=/);
  await page.getByRole('button', { name: 'Export' }).click();
  await page.getByRole('menuitem', { name: 'Page (HTML)' }).waitFor(WAIT);
  expect(await violations(page)).toEqual([]);
  await page.keyboard.press('Escape');
});

it('runs again, or with changes', async () => {
  await page.getByRole('button', { name: 'Run again' }).click();
  await region('Progress').waitFor(WAIT);
  expect(asked.find(([command]) => command === 'runs.submit')?.[1]).toMatchObject({ model: '/home/ada/models/qwen' });
  await open('#/runs/needle');
  await page.getByRole('button', { name: 'Edit and run' }).click();
  await page.waitForURL(/qwen.*32768.*#\/$/, WAIT);
  await open('#/runs/running');
});

it('fills while it runs, and says that the score is not final', async () => {
  await region('Score so far').getByText('not final').waitFor(WAIT);
  await region('Score so far').getByText('13 of 120').waitFor(WAIT);
  await region('Progress').getByText('13 / 120').waitFor(WAIT);
  await page.getByRole('main').getByRole('button', { name: 'Cancel' }).click();
  expect(asked.at(-1)).toEqual(['runs.cancel', { req_id: 'running' }]);
  await check('running');
});

it('shows a C-Eval run by subject, and the questions of one', async () => {
  await open('#/runs/ceval');
  await region('Score').getByText('75.0 %').first().waitFor(WAIT);
  await page.getByRole('button', { name: 'law' }).click();
  await region('law').getByText('expected B').waitFor(WAIT);
  await check('ceval');
});

it('shows first why a run failed', async () => {
  await open('#/runs/failed');
  const why = region('Why it failed');
  await why.getByText('Out of GPU memory').first().waitFor(WAIT);
  await why
    .getByRole('button', { name: 'Resume unchanged' })
    .or(why.getByRole('button', { name: 'Resume' }))
    .first()
    .waitFor(WAIT);
  await check('failed');
});

it('reads the same in Chinese', async () => {
  await speak('zh');
  await open('#/runs/needle');
  await region('得分').getByText('120 个回答').waitFor(WAIT);
  await check('chinese');
  await speak('en');
});

it('says that a run is unknown, or that the backend has to be started to read it', async () => {
  await open('#/runs/nothing');
  await page.getByText('This run is not here').waitFor(WAIT);
  await check('unknown');
  unready = true;
  await open('#/runs/other');
  await page.getByText('This run cannot be read').waitFor(WAIT);
  fake.state({});
  expect(problems).toEqual([]);
});
