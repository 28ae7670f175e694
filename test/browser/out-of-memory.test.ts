import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFailed } from 'vitest';
import { benchmarks, type RunParameters } from '#contract';
import { lookAround, openPanel, RUN, ready, saveShot, WAIT } from '../fixtures/browser.ts';
import { callable } from '../fixtures/commands.ts';

let page: Page;
let close: (() => Promise<void>) | undefined;
let call: Awaited<ReturnType<typeof callable>>;
let model = '';
const problems: string[] = [];

beforeAll(async () => {
  const opened = await openPanel(problems, async (home) => {
    model = join(home, 'models', 'tiny-llama');
    // Others may use the machine: two processes with all of its threads each wait for one another.
    return { OMP_NUM_THREADS: '1' };
  });
  ({ page, close } = opened);
  call = await callable(page);
  await page.goto(opened.url);
  await ready(page);
});

afterAll(() => close?.());

// What the page showed when it went wrong.
beforeEach((test) => onTestFailed(async () => void (await saveShot(page, `failed ${test.task.name.slice(0, 30)}`))));

const card = () => page.getByRole('region', { name: 'Why it failed' });
const main = () => page.getByRole('main');
const state = (name: string) => main().locator('.run-head').getByText(name, { exact: true });
const open = (reqId: string) => page.evaluate(`location.hash = '#/runs/${reqId}'`);

/** Starts a needle run and opens its page. */
async function run(parameters: RunParameters): Promise<string> {
  const dataset = `${benchmarks.needle}/${benchmarks.needle}`;
  const { req_id } = await call('runs.submit', { model, dataset, parameters });
  await open(req_id);
  return req_id;
}

/** The page of the run that resumed another: the newest of the runs in progress or ended. */
const openActive = async () => page.getByRole('region', { name: 'Run in progress' }).getByRole('link').click(RUN);

describe('a run that does not fit', () => {
  let refused = '';

  it('tells why: the sentence, the memory against the budget, and the ways out', async () => {
    await call('settings.change', { values: { LBS_GPU_MEMORY_LIMIT: '26MiB' } });
    await call('settings.apply', {});
    refused = await run({ context_lengths: [4000], depths: [50] });
    await card().getByText('is predicted to need').waitFor(RUN);
    await card().getByText('KV cache').first().waitFor(WAIT);
    await card().getByText('predicted', { exact: true }).first().waitFor(WAIT);
    await card()
      .getByRole('button', { name: /^limit 26MiB → \d+MiB and resume/ })
      .waitFor(WAIT);
    // One run has one figure: in the sentence, and in the incident's table.
    const sentence = await card().locator('.error').first().innerText();
    const [, needed, room] = sentence.match(/predicted to need ([\d.]+ MiB) .* leaves ([\d.]+ MiB)/) ?? [];
    await card()
      .getByRole('row', { name: `plan ${needed}` })
      .waitFor(WAIT);
    await card()
      .getByRole('row', { name: `available under the limit ${room}` })
      .waitFor(WAIT);
    expect(await lookAround(page, 'incident')).toEqual([]);
  });

  it('runs anyway after a confirmation, under the same limit', async () => {
    await card().getByRole('button', { name: 'Run anyway' }).click(RUN);
    const dialog = page.getByRole('dialog', { name: 'Run although it does not fit?' });
    await dialog.getByText('under the same limit').waitFor(WAIT);
    expect(await lookAround(page, 'run-anyway')).toEqual([]);
    await dialog.getByRole('button', { name: 'Run anyway' }).click();
    await openActive();
    await card().getByText('Out of GPU memory').waitFor(RUN);
    expect(await card().getByRole('button', { name: 'Run anyway' }).count()).toBe(0);
  });

  it('goes on with a shorter context at one click', async () => {
    await card()
      .getByRole('button', { name: /^context 4000 → \d+ and resume/ })
      .click();
    await openActive();
    await state('completed').waitFor(RUN);
    await open(refused);
    await card().getByText('Another run resumed this one.').waitFor(WAIT);
  });

  it('goes on under a higher limit at one click: changed, applied and resumed', async () => {
    await run({ context_lengths: [4000], depths: [50] });
    await card()
      .getByRole('button', { name: /^limit/ })
      .click(RUN);
    await openActive();
    await state('completed').waitFor(RUN);
    // The limit that it ran under, as its page keeps it.
    await main()
      .getByRole('row', { name: /^limit (2[7-9]|[3-9]\d|\d{3})MiB/ })
      .waitFor(WAIT);
  });
});

describe('a run that was cancelled', () => {
  it('keeps what it finished, and does only the rest', async () => {
    // So many that it cannot be over before the page is asked how far it is.
    const depths = Array.from({ length: 41 }, (_, i) => 2.5 * i);
    const short = { task_types: ['single_needle_retrieval' as const], repeats: 1, batch_size: 1, max_new_tokens: 8 };
    await run({ context_lengths: [512], depths, ...short });
    await main()
      .getByText(/^([2-9]|1\d) \/ 41/)
      .waitFor(RUN);
    // The page fills while it runs.
    await main().getByText('not final').waitFor(WAIT);
    await main().getByRole('button', { name: 'Cancel' }).click();
    await state('cancelled').waitFor(WAIT);
    await main()
      .getByText(/\d+ of 41 items are kept/)
      .waitFor(WAIT);
    await main().getByRole('button', { name: 'Resume', exact: true }).click();
    await openActive();
    await state('completed').waitFor(RUN);
    expect(await main().locator('.heat button').count()).toBe(41);
    // Its part of the log, and the text around a needle, which the backend stored.
    await main()
      .getByText(/\[Runner\] Run \w+ ends/)
      .waitFor(WAIT);
    await main().locator('.heat button').first().click();
    await main().locator('.run-text mark').first().waitFor(WAIT);
    expect(problems).toEqual([]);
  });
});
