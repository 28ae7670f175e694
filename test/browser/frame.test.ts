import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Run, runSchema, type TimelineEvent } from '#contract';
import { gpuDevice, gpuSample, tickOf } from '#samples';
import { lookAround, openBrowser, openRoom, saveShot, violations, WAIT } from '../fixtures/browser.ts';
import { openPage, panelState } from '../fixtures/page.ts';

let browser: Browser;
let page: Page;
let calls: [string, unknown][];
const problems: string[] = [];
const T = Date.UTC(2026, 10, 30, 12);

const run = (given: Partial<Run>): Run =>
  runSchema.parse({
    ...{ req_id: 'r1', dataset: 'NeedleInAHaystack', model: '/models/qwen2.5-7b', status: 'processing' },
    ...{ current_item: 13, total_items: 15, current_question: '', start_time: T / 1_000, last_update_time: null },
    ...{ estimated_remaining_seconds: 24, progress_percentage: 86, error: null, error_code: null, parameters: {} },
    ...{ resumes: null, result: null, ...given },
  });
const ended = (time: number, code: string, ref: string): TimelineEvent => ({
  ...{ time, kind: code === 'endedOutOfMemory' ? 'out_of_memory' : 'run_ended', text: 'NeedleInAHaystack', ref },
  sentence: {
    code: `runs.${code}`,
    values: { dataset: 'NeedleInAHaystack', model: 'tiny' },
    text: 'NeedleInAHaystack on tiny completed.',
  },
});
const model = (name: string) => ({ name, path: `/m/${name}`, toy: false, gguf: false });
const models = { folders: [], found: [model('models/qwen'), model('models/llama-8b')], scans: [], converting: null };
const crash = { id: 'c1', time: T, sentence: null, lastHour: 1, damaged: false };
const answers: Record<string, unknown> = {
  'history.events': [
    ended(T, 'endedCompleted', 'r1'),
    ended(T + 2, 'endedFailed', 'r3'),
    ended(T + 60_000, 'endedOutOfMemory', 'r2'),
  ],
  'crashes.list': [crash],
  'recording.list': [{ name: 'a.headroom.gz', time: T, bytes: 2_048 }],
  'inbox.visit': null,
  'runs.cancel': null,
  'gpu.clearAndRestart': null,
  'log.lines': { lines: [], next: 0 },
};

async function open(runs: readonly Run[] = [], path = '') {
  calls = [];
  const state = panelState([gpuDevice()], {
    inbox: { visitedAt: T + 1 },
    events: [ended(T + 2, 'endedFailed', 'r3')],
    models,
  });
  const core = await openPage(page, {
    state,
    runs,
    ticks: [tickOf(T, gpuSample())],
    answer: (command, input) => {
      calls.push([command, input]);
      const answer = answers[command];
      if (answer === undefined) throw new Error(`no answer to ${command}`);
      return answer;
    },
    path,
  });
  await page.getByRole('status', { name: /^(Backend|后端)$/ }).waitFor(WAIT);
  return core;
}

beforeAll(async () => {
  ({ browser, page } = await openBrowser(problems));
});
beforeEach(() => page.setViewportSize({ width: 1280, height: 800 }));
afterAll(() => browser?.close());

describe('the frame', () => {
  it('keeps the active run in sight from every room, and cancels it', async () => {
    const core = await open([run({})]);
    const active = page.getByRole('region', { name: 'Run in progress' });
    for (const room of ['Runs', 'Log', 'Inbox', 'Settings', 'Overview']) {
      await openRoom(page, room);
      await active.getByText('13/15 · 24 s left').waitFor(WAIT);
    }
    expect(await page.title()).toBe('13/15 · Headroom');
    await page.setViewportSize({ width: 640, height: 400 });
    for (const name of ['Stop', 'Clear and restart'])
      expect(await page.getByRole('button', { name, exact: true }).boundingBox()).toMatchObject({
        y: expect.any(Number),
      });
    await saveShot(page, 'frame-narrow');
    await active.getByRole('button', { name: 'Cancel' }).click();
    await expect.poll(() => calls.find(([name]) => name === 'runs.cancel')?.[1], WAIT).toEqual({ req_id: 'r1' });
    core.runs([run({ status: 'completed', current_item: 15 })]);
    await page.getByRole('status', { name: 'Announcements' }).getByText('Needle · qwen2.5-7b completed.').waitFor(WAIT);
    expect(await page.title()).toBe('Headroom');
  });

  it('finds rooms, commands and runs in the palette by keyboard', async () => {
    await open([run({ status: 'completed' })]);
    await page.keyboard.press('Control+k');
    const palette = page.getByRole('dialog');
    await palette.getByText('Alt+2').waitFor(WAIT);
    expect(await violations(page)).toEqual([]);
    await saveShot(page, 'palette');
    await page.keyboard.type('needle');
    await palette.getByText('Needle · qwen2.5-7b').waitFor(WAIT);
    await page.keyboard.press('Enter');
    await expect.poll(() => page.url(), WAIT).toContain('#/runs/r1');
    await palette.waitFor({ ...WAIT, state: 'hidden' });
    await page.keyboard.press('Control+k');
    await palette.locator('input:focus').waitFor(WAIT);
    await page.keyboard.type('llama');
    await palette.getByText('models/llama-8b').first().waitFor(WAIT);
    await page.keyboard.press('Enter');
    await page
      .getByLabel('Model', { exact: true })
      .getByText('models/llama-8b')
      .waitFor({ ...WAIT, state: 'attached' });
    await palette.waitFor({ ...WAIT, state: 'hidden' });
    await page.keyboard.press('Alt+3');
    await expect.poll(() => page.url(), WAIT).toContain('#/log');
    await page.keyboard.press('Control+k');
    await palette.locator('input:focus').waitFor(WAIT);
    await page.keyboard.type('clear gpu');
    await palette.getByText('Clear GPU memory and restart').waitFor(WAIT);
    await page.keyboard.press('Enter');
    await expect.poll(() => calls.some(([name]) => name === 'gpu.clearAndRestart'), WAIT).toBe(true);
  });

  it('comes back to the same place, and reaches the run form with two keys', async () => {
    await open([], '#/inbox');
    await page.getByRole('region', { name: 'Inbox' }).waitFor(WAIT);
    await page.keyboard.press('Tab');
    await page.getByRole('link', { name: 'Skip to Run' }).press('Enter');
    await expect.poll(() => page.evaluate('document.activeElement.id'), WAIT).toBe('run');
  });
});

describe('the inbox', () => {
  it('shows everything on one timeline, and forgets what has been read', async () => {
    await open();
    await page.getByRole('link', { name: /^Inbox 1 new$/ }).click();
    const inbox = page.getByRole('region', { name: 'Inbox' });
    await expect.poll(() => inbox.getByRole('listitem').count(), WAIT).toBe(5);
    expect(calls).toContainEqual(['inbox.visit', { until: T + 60_000 }]);
    await inbox.getByText('Failures', { exact: true }).click();
    await expect.poll(() => inbox.getByRole('listitem').count(), WAIT).toBe(3);
    expect(page.url()).toContain('inbox=failures');
    expect(await lookAround(page, 'inbox')).toEqual([]);
    await inbox.getByRole('link', { name: 'Ways out' }).click();
    await expect.poll(() => page.url(), WAIT).toContain('#/runs/r2');
  });

  it('speaks Chinese', async () => {
    await open();
    await page.keyboard.press('Control+k');
    await page.getByRole('dialog').getByText('切换到中文').click();
    await page.getByRole('link', { name: /收件箱/ }).click();
    const inbox = page.getByRole('region', { name: '收件箱' });
    await inbox.getByText('tiny 上的 NeedleInAHaystack 内存不足（OOM）。').waitFor(WAIT);
    await inbox.getByText('录制', { exact: true }).waitFor(WAIT);
    expect(await violations(page)).toEqual([]);
    await saveShot(page, 'inbox-chinese');
    await page.evaluate('localStorage.clear()');
    expect(problems).toEqual([]);
  });
});

it('asks a link without a token for it, and keeps its place', async () => {
  await page.evaluate('sessionStorage.clear()');
  await page.goto('http://panel.test/#/log');
  await page.reload();
  await page.getByLabel('Token', { exact: true }).fill('http://127.0.0.1:1/?token=two');
  expect(await violations(page)).toEqual([]);
  await page.getByRole('button', { name: 'Open' }).click();
  await page.getByRole('region', { name: 'Log' }).waitFor(WAIT);
  expect(page.url()).toMatch(/#\/log$/);
  expect(page.url()).not.toContain('token');
});
