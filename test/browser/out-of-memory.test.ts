import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFailed } from 'vitest';
import { lookAround, openPanel, RUN, ready, saveShot, WAIT } from '../fixtures/browser.ts';

let page: Page;
let close: (() => Promise<void>) | undefined;
const problems: string[] = [];

beforeAll(async () => {
  const opened = await openPanel(problems);
  ({ page, close } = opened);
  await page.goto(opened.url);
  await ready(page);
});

afterAll(() => close?.());

// What the page showed when it went wrong.
beforeEach((test) => onTestFailed(async () => void (await saveShot(page, `failed ${test.task.name.slice(0, 30)}`))));

const runs = () => page.getByRole('region', { name: 'Runs' });
const card = () => runs().getByRole('region', { name: 'Why it failed' }).first();
const newest = (status: string) => runs().locator('.stack > div').first().getByText(status, { exact: true });

async function setLimit(limit: string): Promise<void> {
  await page.getByRole('textbox', { name: 'Limit value' }).fill(limit);
  await page.getByRole('textbox', { name: 'Limit value' }).press('Enter');
  await page.getByRole('button', { name: 'Apply' }).click(WAIT);
  await page.getByText(`limit ${limit} in force`).waitFor(WAIT);
  await ready(page);
}

async function run(lengths: string, depths: string): Promise<void> {
  await page.getByRole('textbox', { name: 'Context lengths' }).fill(lengths);
  await page.getByRole('textbox', { name: 'Depths' }).fill(depths);
  await page.getByRole('button', { name: 'Run', exact: true }).click(WAIT);
}

describe('a run that does not fit', () => {
  it('tells why: the sentence, the memory against the budget, and the ways out', async () => {
    await setLimit('26MiB');
    await run('4000', '50');
    await card().getByText('is predicted to need').waitFor(RUN);
    await card().getByText('KV cache').first().waitFor(WAIT);
    await card().getByText('predicted', { exact: true }).first().waitFor(WAIT);
    await card()
      .getByRole('button', { name: /^limit 26MiB → \d+MiB and resume/ })
      .waitFor(WAIT);
    // One run has one figure: in the sentence, in the incident's table and in the form.
    const sentence = await card().locator('.error').first().innerText();
    const [, needed, room] = sentence.match(/predicted to need ([\d.]+ MiB) .* leaves ([\d.]+ MiB)/) ?? [];
    await card()
      .getByRole('row', { name: `plan ${needed}` })
      .waitFor(WAIT);
    await card()
      .getByRole('row', { name: `available under the limit ${room}` })
      .waitFor(WAIT);
    await page
      .getByRole('region', { name: 'Memory of this run' })
      .getByText(new RegExp(`to ${needed} of ${room}`))
      .waitFor(WAIT);
    await card().scrollIntoViewIfNeeded();
    expect(await lookAround(page, 'incident')).toEqual([]);
  });

  it('runs anyway after a confirmation, under the same limit', async () => {
    await card().getByRole('button', { name: 'Run anyway' }).click(RUN);
    const dialog = page.getByRole('dialog', { name: 'Run although it does not fit?' });
    await dialog.getByText('under the same limit').waitFor(WAIT);
    expect(await lookAround(page, 'run-anyway')).toEqual([]);
    await dialog.getByRole('button', { name: 'Run anyway' }).click();
    await card().getByText('Out of GPU memory').waitFor(RUN);
    expect(await card().getByRole('button', { name: 'Run anyway' }).count()).toBe(0);
  });

  it('goes on with a shorter context at one click', async () => {
    await card()
      .getByRole('button', { name: /^context 4000 → \d+ and resume/ })
      .click();
    await newest('completed').waitFor(RUN);
    await runs().getByText('Why it failed').first().click();
    await runs().getByText('Another run resumed this one.').waitFor(WAIT);
  });

  it('goes on under a higher limit at one click: changed, applied and resumed', async () => {
    await run('4000', '50');
    await card()
      .getByRole('button', { name: /^limit/ })
      .click(RUN);
    await newest('completed').waitFor(RUN);
    await page.getByText(/limit (2[7-9]|[3-9]\d|\d{3})MiB in force/).waitFor(WAIT);
  });
});

describe('a run that was cancelled', () => {
  it('keeps what it finished, and does only the rest', async () => {
    // So many that it cannot be over before the page is asked how far it is.
    const depths = Array.from({ length: 41 }, (_, i) => 2.5 * i);
    await page.getByText('Task, language').click();
    await page.getByRole('textbox', { name: 'Repeats' }).fill('1');
    await page.getByRole('textbox', { name: 'Batch' }).fill('1');
    await run('1024', depths.join(', '));
    await runs()
      .getByText(/^([2-9]|1\d) \/ 41/)
      .waitFor(RUN);
    await runs().getByRole('button', { name: 'Cancel' }).click();
    await newest('cancelled').waitFor(WAIT);
    await runs()
      .getByText(/\d+ of 41 items are kept/)
      .waitFor(WAIT);
    await runs().getByRole('button', { name: 'Resume', exact: true }).click();
    await newest('completed').waitFor(RUN);
    expect(await runs().locator('.heat').first().locator('td').count()).toBe(41);
    expect(problems).toEqual([]);
  });
});
