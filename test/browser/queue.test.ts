import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type CommandName, declareSentences, PanelError, type PanelState, verbatim } from '#contract';
import { lookAround, openBrowser, openRoom, saveShot, violations, WAIT } from '../fixtures/browser.ts';
import { openPage, panelState } from '../fixtures/page.ts';
import { runOf } from '../fixtures/recorded.ts';

let browser: Browser;
let page: Page;
const problems: string[] = [];
const calls: [CommandName, unknown][] = [];

const GIB = 2 ** 30;
const { say } = declareSentences('lbs.queue', {
  waits_held: 'Waits for {{size}} on {{gpus}}: {{free}} are free ({{holders}}).',
});
const runs = [
  runOf({ req_id: 'now', model: '/models/qwen2.5-7b', current_item: 13, total_items: 15, progress_percentage: 86 }),
  ...['small', 'medium', 'large'].map((name) =>
    runOf({ req_id: name, model: `/models/${name}`, status: 'queued', parameters: { context_lengths: [4096] } }),
  ),
].map((run) =>
  run.req_id === 'large'
    ? {
        ...run,
        wait_for_bytes: 18 * GIB,
        wait_sentence: say('waits_held', {
          size: '18 GiB',
          gpus: 'GPU 0',
          free: '12.3 GiB',
          holders: 'train.py 9 GiB',
        }),
      }
    : run,
);

beforeAll(async () => {
  ({ browser, page } = await openBrowser(problems));
});

afterAll(() => browser?.close());

it('moves queued runs by keyboard and menu, waits, cancels and pauses, in both languages', async () => {
  const state = panelState([]);
  const order = ['small', 'medium', 'large'];
  const withQueue = (queue: Partial<NonNullable<PanelState['backend']['queue']>>): Partial<PanelState> => ({
    backend: { ...state.backend, queue: { paused: false, length: 3, order, ...queue } },
  });
  const answer = (command: CommandName, input: unknown) => {
    calls.push([command, input]);
    if (command === 'plan.make') throw new PanelError('refused', verbatim('No plan here.'));
    if (command === 'runs.page') return { total: 0, matching: 0, rows: [] };
    if (command === 'runs.facets') return { models: [], datasets: [], tags: [], dtypes: [], limits: [], states: [] };
  };
  const core = await openPage(page, { state: { ...state, ...withQueue({}) }, ticks: [], runs, answer });
  const small = page.getByRole('region', { name: 'Queue' });
  await small.getByText('Next: Needle · small').waitFor(WAIT);
  await openRoom(page, 'Runs');
  const queued = page.getByRole('list', { name: 'Queued runs' });
  await queued.getByText('waits for 18 GiB', { exact: true }).waitFor(WAIT);
  await queued.getByText('12.3 GiB are free (train.py 9 GiB)').waitFor(WAIT);
  const names = () => queued.getByRole('link').allTextContents();
  expect(await names()).toEqual(['Needle · small', 'Needle · medium', 'Needle · large']);

  // By keyboard: what is heard is in the page's language.
  await queued.getByRole('button', { name: 'Move run 1, Needle · small' }).focus();
  await page.keyboard.press('Space');
  await page.getByText('Run lifted from place 1.').waitFor({ ...WAIT, state: 'attached' });
  await page.keyboard.press('ArrowDown');
  await page.getByText('Run from place 1 is now at place 2.').waitFor({ ...WAIT, state: 'attached' });
  await page.keyboard.press('Space');
  await expect.poll(() => calls).toContainEqual(['queue.move', { req_id: 'small', before: 'large' }]);
  expect(await names()).toEqual(['Needle · medium', 'Needle · small', 'Needle · large']);
  core.state(withQueue({ order: ['medium', 'small', 'large'] }));

  await queued.getByRole('button', { name: 'More for run 1, Needle · medium' }).click();
  await page.getByRole('menuitem', { name: 'Move to the end' }).click();
  await expect.poll(() => calls).toContainEqual(['queue.move', { req_id: 'medium', before: null }]);
  core.state(withQueue({ order: ['small', 'large', 'medium'] }));

  await queued.getByRole('button', { name: 'More for run 1, Needle · small' }).click();
  expect(await violations(page)).toEqual([]);
  await page.getByRole('menuitem', { name: 'Wait for memory…' }).click();
  const dialog = page.getByRole('dialog', { name: 'Start when GPU memory is free' });
  await dialog.getByLabel('GPU memory that must be free').fill('much');
  await dialog.getByText('A size such as 18 GiB or 512 MiB').waitFor(WAIT);
  await dialog.getByLabel('GPU memory that must be free').fill('6 GiB');
  expect(await violations(page)).toEqual([]);
  await dialog.getByRole('button', { name: 'Wait', exact: true }).click();
  await expect.poll(() => calls).toContainEqual(['queue.waitFor', { req_id: 'small', bytes: 6 * GIB }]);

  await queued.getByRole('button', { name: 'Cancel Needle · large' }).click();
  await expect.poll(() => calls).toContainEqual(['runs.cancel', { req_id: 'large' }]);
  await page.getByRole('button', { name: 'Pause', exact: true }).click();
  await expect.poll(() => calls).toContainEqual(['queue.pause', { paused: true }]);
  core.state(withQueue({ paused: true }));
  await page.getByText('Paused by you: the run in progress continues').waitFor(WAIT);
  expect(await lookAround(page, 'queue')).toEqual([]);

  await page.setViewportSize({ width: 800, height: 600 });
  await page.evaluate(`localStorage.setItem('headroom-language', 'zh')`);
  await page.reload();
  await page.getByText('已由您暂停：正在进行的运行会继续').waitFor(WAIT);
  await page.getByText('目前可用 12.3 GiB').waitFor(WAIT);
  await saveShot(page, 'queue-zh-800');
  expect(await violations(page)).toEqual([]);
  await page.getByRole('button', { name: '继续' }).click();
  await expect.poll(() => calls).toContainEqual(['queue.pause', { paused: false }]);
  expect(problems).toEqual([]);
});
