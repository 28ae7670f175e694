import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Comparison, comparisonSchema, type RunRecord, type RunsRequest, runRecordSchema } from '#contract';
import { gpuDevice, gpuSample, tickOf } from '#samples';
import { lookAround, openBrowser, saveShot, violations, WAIT } from '../fixtures/browser.ts';
import { openPage, panelState } from '../fixtures/page.ts';

const T = Date.UTC(2026, 10, 30, 12) / 1_000;
let browser: Browser;
let page: Page;
let calls: [string, unknown][];
let deleted: string[];
const problems: string[] = [];

const record = (i: number): RunRecord =>
  runRecordSchema.parse({
    ...{ req_id: `r${i}`, dataset: i % 2 ? 'C-Eval/law' : 'NeedleInAHaystack', model: `/models/qwen-${i % 3}` },
    ...{ state: i % 7 === 3 ? 'failed' : 'completed', error_code: i % 7 === 3 ? 'out_of_memory' : null },
    ...{ error_sentence: null, created_at: T - 60 * i, start_time: T - 60 * i, end_time: T - 60 * i + 41 },
    ...{ progress: null, score: i % 7 === 3 ? null : { value: (i % 10) / 10, error: 0.03, name: 'score' } },
    ...{ tokens_per_second: 61, predicted_peak: 2 ** 30, measured_peak: 2 ** 30, limit: '0.8', dtype: 'bfloat16' },
    ...{ offloaded: false, tags: [], note: '', resumes: null, deleted_at: null },
    ways_out: i % 7 === 3 ? { code: 'x', values: {}, text: 'batch 8 → 5 fits' } : null,
  });
const all = Array.from({ length: 3_000 }, (_, i) => record(i));

function answerPage({ search = '', states = [], sort, offset, limit }: RunsRequest) {
  const kept = all.filter(({ req_id }) => !deleted.includes(req_id));
  const matching = kept.filter(
    (run) => `${run.model} ${run.dataset}`.includes(search) && (states.length === 0 || states.includes(run.state)),
  );
  const sorted =
    sort?.by === 'score' ? [...matching].sort((a, b) => (b.score?.value ?? 0) - (a.score?.value ?? 0)) : matching;
  return { total: kept.length, matching: matching.length, rows: sorted.slice(offset, offset + limit) };
}

const grid = (value: number) =>
  [512, 1024].flatMap((length) => [0, 50].map((depth) => ({ group: [`${length}`, `${depth}`], score: value })));
const comparison: Comparison = comparisonSchema.parse({
  runs: [all[0], all[2]],
  groups: [grid(0.5), grid(0.9)],
  against: [
    {
      ...{ req_id: 'r2', p_adjusted: 0.01, reason: null, left_out: 2, differences: grid(0.4) },
      pairs: { better: 41, worse: 3, same: 16, difference: 0.4, interval: [0.1, 0.7], test: 'mcnemar', p: 0.01 },
    },
  ],
  lines: [
    { section: 'settings', name: 'LBS_TORCH_DTYPE', values: ['bfloat16', 'float16'], differs: true },
    { section: 'versions', name: 'torch', values: ['2.13.0', '2.13.0'], differs: false },
  ],
});
const facets = { models: [], datasets: [], tags: [], dtypes: [], limits: [], states: [{ value: 'failed', count: 1 }] };

async function open(path = '#/runs') {
  calls = [];
  deleted = [];
  const core = await openPage(page, {
    state: panelState([gpuDevice()]),
    ticks: [tickOf(1_000 * T, gpuSample())],
    path,
    answer(command, input) {
      calls.push([command, input]);
      const { req_ids = [], name, place } = input as { req_ids?: string[]; name?: string; place?: string };
      switch (command) {
        case 'runs.page':
          return answerPage(input as RunsRequest);
        case 'runs.facets':
          return facets;
        case 'runs.delete':
          deleted.push(...req_ids);
          return null;
        case 'runs.restore':
          deleted = deleted.filter((id) => !req_ids.includes(id));
          return null;
        case 'runs.compare':
          return comparison;
        case 'runs.export':
          return { name: 'headroom-runs.csv', text: 'started,model\r\n' };
        case 'views.save':
          core.state({ views: [{ id: 'v', name: name ?? '', place: place ?? '' }] });
          return null;
        case 'runs.annotate':
          return all[0];
        default:
          throw new Error(`no answer to ${command}`);
      }
    },
  });
}

beforeAll(async () => {
  ({ browser, page } = await openBrowser(problems));
});
beforeEach(() => page.setViewportSize({ width: 1280, height: 800 }));
afterAll(() => browser?.close());

const table = () => page.getByRole('table', { name: 'Runs' });
const row = (index: number) => table().locator(`tr[aria-rowindex="${index + 2}"]`);
const count = () => page.getByRole('status', { name: 'Runs shown' });
const last = (command: string) => calls.findLast(([name]) => name === command)?.[1];

describe('the runs', () => {
  it('shows thousands by page, draws only those in view, and looks right', async () => {
    await open();
    await row(0).getByText('qwen-0').waitFor(WAIT);
    expect(await table().getAttribute('aria-rowcount')).toBe('3001');
    expect(await table().getByRole('row').count()).toBeLessThan(60);
    expect(await lookAround(page, 'runs')).toEqual([]);
    await row(0).getByRole('link').focus();
    await page.keyboard.press('End');
    await row(2_999).getByText('qwen').waitFor(WAIT);
    await expect
      .poll(() =>
        row(2_999)
          .getByRole('link')
          .evaluate((link) => link === link.ownerDocument.activeElement),
      )
      .toBe(true);
    expect(calls.filter(([name]) => name === 'runs.page').length).toBeLessThan(8);
  });

  it('finds, filters and orders, and the address keeps it', async () => {
    await open();
    await page.getByRole('searchbox').fill('C-Eval');
    await count().getByText('1500 of 3000').waitFor(WAIT);
    await page.getByText('Failed', { exact: true }).click();
    await row(0).getByText('out of memory').waitFor(WAIT);
    await row(0).getByText('batch 8 → 5 fits').waitFor(WAIT);
    await page.getByRole('button', { name: 'Score' }).click();
    await expect.poll(() => last('runs.page'), WAIT).toMatchObject({ sort: { by: 'score', descending: true } });
    expect(page.url()).toContain('q=C-Eval');
    await page.reload();
    await expect.poll(() => page.getByRole('searchbox').inputValue(), WAIT).toBe('C-Eval');
    await page.getByRole('searchbox').fill('nowhere');
    await page.getByText('No run matches these filters.').waitFor(WAIT);
    await page.getByRole('button', { name: 'Clear the filters' }).click();
    await expect.poll(() => count().innerText(), WAIT).toBe('3000');
    // The only filter can be taken away, too.
    await page.reload();
    await page.getByRole('searchbox').fill('C-Eval');
    await count().getByText('1500 of 3000').waitFor(WAIT);
    await page.getByRole('searchbox').fill('');
    await expect.poll(() => count().innerText(), WAIT).toBe('3000');
  });

  it('saves a view and comes back to it', async () => {
    await open();
    await page.getByText('Failed', { exact: true }).click();
    await row(0).getByText('out of memory').waitFor(WAIT);
    await page.getByRole('button', { name: 'Views' }).click();
    await page.getByRole('textbox', { name: 'Name of this view' }).fill('out of memory');
    await page.getByRole('textbox', { name: 'Name of this view' }).press('Enter');
    await expect.poll(() => last('views.save'), WAIT).toEqual({ name: 'out of memory', place: 'states=failed' });
    await page.getByRole('button', { name: 'out of memory', exact: true }).waitFor(WAIT);
    expect(await violations(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Clear the filters' }).click();
    await page.getByRole('button', { name: 'Views' }).click();
    await page.getByRole('button', { name: 'out of memory', exact: true }).click();
    await expect.poll(() => last('runs.page'), WAIT).toMatchObject({ states: ['failed'] });
  });

  it('deletes with an undo, by keyboard', async () => {
    await open();
    await row(0).getByRole('link').focus();
    await page.keyboard.press('Space');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Shift+Space');
    await page.getByRole('button', { name: 'Delete 2' }).waitFor(WAIT);
    await row(1).getByRole('link').press('Delete');
    await count().getByText('2998').waitFor(WAIT);
    expect(last('runs.delete')).toEqual({ req_ids: ['r0', 'r1'] });
    await page.getByRole('button', { name: 'Undo' }).click();
    await count().getByText('3000').waitFor(WAIT);
  });

  it('notes, exports and compares what is selected', async () => {
    await open();
    await row(0).getByRole('checkbox').click();
    await page.getByRole('button', { name: 'Tags and note' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('textbox', { name: 'Note' }).fill('the one');
    expect(await violations(page)).toEqual([]);
    await dialog.getByRole('button', { name: 'Save' }).click();
    await expect.poll(() => last('runs.annotate'), WAIT).toEqual({ req_id: 'r0', tags: [], note: 'the one' });
    await page.getByRole('button', { name: 'Export' }).click();
    await page.getByRole('menuitem', { name: 'CSV' }).click();
    await page.getByRole('dialog').getByText('started,model').waitFor(WAIT);
    expect(last('runs.export')).toEqual({ req_ids: ['r0'], format: 'csv' });
    await page.keyboard.press('Escape');
    await row(2).getByRole('checkbox').click();
    await page.getByRole('link', { name: 'Compare 2' }).click();
    await page.getByText('B is better than A on 41 of 60, worse on 3, the same on 16; paired p = 0.010.').waitFor(WAIT);
    await page.getByRole('table', { name: 'B − A' }).getByText('+0.40').first().waitFor(WAIT);
    expect(await page.getByText('2.13.0').count()).toBe(0);
    await page.getByText('All', { exact: true }).click();
    await page.getByText('2.13.0').first().waitFor(WAIT);
    expect(await lookAround(page, 'compare')).toEqual([]);
    await page.getByRole('button', { name: 'Make it the baseline' }).click();
    await expect.poll(() => page.url(), WAIT).toContain('#/compare/r2/r0');
  });

  it('speaks Chinese, also where the window is narrow', async () => {
    await page.evaluate("localStorage.setItem('headroom-language', 'zh')");
    await open();
    await page.getByRole('table', { name: '运行' }).getByText('qwen-0').first().waitFor(WAIT);
    await page.setViewportSize({ width: 800, height: 600 });
    expect(await violations(page)).toEqual([]);
    await saveShot(page, 'runs-chinese-narrow');
    await open('#/compare/r0/r2');
    await page.getByText('共 60 项，B 优于 A 41 项').waitFor(WAIT);
    expect(await violations(page)).toEqual([]);
    await saveShot(page, 'compare-chinese');
    await page.evaluate('localStorage.clear()');
    expect(problems).toEqual([]);
  });
});
