import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type CommandName, declareSentences, PanelError, type Storage, verbatim } from '#contract';
import { lookAround, openBrowser, openRoom, saveShot, violations, WAIT } from '../fixtures/browser.ts';
import { openPage, panelState } from '../fixtures/page.ts';
import { runOf } from '../fixtures/recorded.ts';

let browser: Browser;
let page: Page;
const problems: string[] = [];
const calls: [CommandName, unknown][] = [];

const { say } = declareSentences('lbs.store', {
  full: 'The results cannot be written, because the disk is full ({{reason}}): free some disk space in {{folder}}.',
});
const storage: Storage = {
  state: 'unsaved',
  sentence: say('full', { folder: '/data', reason: 'database or disk is full' }),
  unsaved_items: 3,
  unsaved_results: 0,
  when_unsaved: 'pause',
  recovered: null,
};
const run = runOf({ status: 'processing', current_item: 4, total_items: 7, unsaved_items: 3, paused: true });

beforeAll(async () => {
  ({ browser, page } = await openBrowser(problems));
});

afterAll(() => browser?.close());

it('says what is not saved, on the run and before Apply, and lets the person choose', async () => {
  const state = panelState([]);
  state.backend = { ...state.backend, storage };
  state.settings = { ...state.settings, pending: ['LBS_GPU_MEMORY_LIMIT'] };
  const answer = (command: CommandName, input: unknown) => {
    calls.push([command, input]);
    if (command === 'settings.apply')
      throw new PanelError('busy', verbatim('A run is in progress.'), { run: run.req_id });
    if (command === 'runs.page') return { total: 0, matching: 0, rows: [] };
    if (command === 'runs.facets') return { models: [], datasets: [], tags: [], dtypes: [], limits: [], states: [] };
    if (command === 'log.lines') return { lines: [], first: 0, next: 0 };
  };
  const core = await openPage(page, { state, ticks: [], runs: [run], answer });
  const trouble = page.getByRole('alert', { name: 'Results are not being saved' });
  await trouble.getByText('Not saved: 3 finished items.').waitFor(WAIT);
  await page.getByRole('region', { name: 'Run in progress' }).getByText('paused').waitFor(WAIT);
  // A paused run concerns every room.
  for (const room of ['Log', 'Runs']) {
    await openRoom(page, room);
    await trouble.waitFor(WAIT);
  }
  expect(await lookAround(page, 'disk-full')).toEqual([]);
  await openRoom(page, 'Overview');
  await trouble.getByRole('button', { name: 'Continue without saving' }).click();
  expect(calls).toContainEqual(['runs.whenUnsaved', { choice: 'continue' }]);
  await page.getByRole('button', { name: 'Apply', exact: true }).click();
  const question = page.getByRole('dialog');
  await question.getByText('Not saved: 3 finished items. Lost if the server stops now.').waitFor(WAIT);
  expect(await lookAround(page, 'disk-full-question')).toEqual([]);
  await page.keyboard.press('Escape');
  await page.setViewportSize({ width: 800, height: 600 });
  await page.evaluate(`localStorage.setItem('headroom-language', 'zh')`);
  await page.reload();
  await page.getByText('尚未保存：3 个已完成的条目。').first().waitFor(WAIT);
  await saveShot(page, 'disk-full-zh');
  expect(await violations(page)).toEqual([]);
  core.state({
    backend: { ...state.backend, storage: { ...storage, state: 'saved', sentence: null, unsaved_items: 0 } },
  });
  await page.getByRole('alert', { name: '结果无法保存' }).waitFor({ ...WAIT, state: 'detached' });
  expect(problems).toEqual([]);
});
