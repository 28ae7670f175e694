import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import {
  type CommandName,
  type Comparison,
  comparisonSchema,
  PanelError,
  type PanelState,
  type RunRecord,
  runRecordSchema,
  verbatim,
} from '#contract';
import { gpuDevice } from '#samples';
import { lookAround, openBrowser, saveShot, violations, WAIT } from '../fixtures/browser.ts';
import { openPage, panelState } from '../fixtures/page.ts';

const GIB = 1_024;
const T = Date.UTC(2026, 10, 30, 12) / 1_000;
const LENGTHS = [1_024, 2_048, 4_096, 8_192, 12_288, 16_384, 24_576, 32_768];
const DEPTHS = [0, 25, 50, 75, 100];
let browser: Browser;
let page: Page;
let fake: Awaited<ReturnType<typeof openPage>>;
let calls: [CommandName, unknown][] = [];
let answers: (ids: string[]) => Comparison = () => comparison(['a', 'b']);
const problems: string[] = [];

const record = (req_id: string, i: number): RunRecord =>
  runRecordSchema.parse({
    ...{ req_id, dataset: 'NeedleInAHaystack', model: `/models/qwen-${req_id}`, state: 'completed', error_code: null },
    ...{ error_sentence: null, created_at: T + 60 * i, start_time: T + 60 * i, end_time: T + 60 * i + 271 + 30 * i },
    ...{ progress: null, score: { value: 0.91 + 0.06 * i, error: 0.02, name: 'score' }, tokens_per_second: 61 - i },
    ...{ predicted_peak: 17 * 2 ** 30, measured_peak: (16.8 + i) * 2 ** 30, limit: '0.8', dtype: 'bfloat16' },
    ...{ offloaded: false, tags: [], note: '', resumes: null, deleted_at: null, ways_out: null },
  });

/** Long contexts are worse in the middle. */
const cells = (value: (length: number, depth: number) => number) =>
  LENGTHS.flatMap((length) =>
    DEPTHS.map((depth) => ({ group: [String(length), String(depth)], score: value(length, depth) })),
  );
const hard = (length: number, depth: number) => length >= 16_384 && depth > 0 && depth < 100;

const pairs = {
  better: 8,
  worse: 1,
  same: 31,
  difference: 0.061,
  interval: [0.012, 0.11],
  test: 'permutation',
  p: 0.006,
};
const lines = (ids: string[]) => [
  { section: 'run', name: 'dtype', values: ids.map((_, i) => (i ? 'float16' : 'bfloat16')), differs: true },
  { section: 'run', name: 'model_hash', values: ids.map(() => 'sampled-sha256:5f3a90d1c2'), differs: false },
  { section: 'settings', name: 'LBS_GPU_MEMORY_LIMIT', values: ids.map((_, i) => 0.8 + i / 10), differs: true },
  { section: 'versions', name: 'torch', values: ids.map(() => '2.13.0'), differs: false },
];

function comparison(ids: string[], more: object = {}, others: object = {}): Comparison {
  return comparisonSchema.parse({
    runs: ids.map(record),
    groups: ids.map((_, i) => cells((length, depth) => (hard(length, depth) ? 0.33 + 0.33 * i : 1))),
    against: ids.slice(1).map((req_id) => ({
      ...{ req_id, pairs, p_adjusted: 0.006, reason: null, left_out: 3, ...others },
      differences: cells((length, depth) => (hard(length, depth) ? 0.33 : length === 1_024 && depth === 0 ? -0.5 : 0)),
    })),
    lines: lines(ids),
    ...more,
  });
}

const refusal = {
  code: 'lbs.compare.datasets',
  values: { one: 'C-Eval', other: 'NeedleInAHaystack' },
  text: 'Other datasets.',
};
const refused = { pairs: null, p_adjusted: null, reason: refusal, left_out: 0 };

function answer(command: CommandName, input: unknown): unknown {
  calls.push([command, input]);
  const { req_ids = [], req_id = '' } = input as { req_ids?: string[]; req_id?: string };
  const start = 1_000 * (T + 60 * (req_id === 'a' ? 0 : 1));
  switch (command) {
    case 'runs.compare':
      return answers(req_ids);
    case 'runs.page':
      return { total: 1, matching: 1, rows: [record('c', 2)] };
    case 'runs.export':
      return { name: 'headroom-runs.md', text: '| model |\n| --- |\n| qwen |\n' };
    case 'runs.conditions': {
      const known = { sampledSeconds: 271, energyJ: null, poweredSeconds: 0, throttled: null, reasons: [] };
      const gpu = { uuid: 'GPU-0', ...known, oursMaxMiB: null, others: null };
      return { span: { from: start, to: start + 271_000 }, gpus: req_id === 'b' ? [] : [gpu] };
    }
    case 'history.window': {
      const at = Array.from({ length: 200 }, (_, i) => i);
      const ours = at.map((i) => (i < 20 ? 1 : i < 190 ? 15 + i / 100 : 1) * GIB);
      const of = (values: number[]) => ({ min: values, max: values, mean: values });
      const metrics = { oursMiB: of(ours), memoryUsedMiB: of(ours), limitMiB: of(at.map(() => 19.2 * GIB)) };
      return { tier: 'raw', columnMs: 1_355, gapMs: 5_000, oldest: 0, at, metrics };
    }
    case 'history.events':
      return [];
    default:
      throw new PanelError('unknown_command', verbatim(`no answer to ${command}`));
  }
}

async function open(ids: string[], given: Partial<PanelState> = {}) {
  calls = [];
  const device = gpuDevice({ uuid: 'GPU-0', name: 'NVIDIA GeForce RTX 4090', memoryTotalMiB: 24 * GIB });
  fake = await openPage(page, {
    state: panelState([device], given),
    ticks: [],
    path: `#/compare/${ids.join('/')}`,
    answer,
  });
}
const comparisons = () => calls.filter(([name]) => name === 'runs.compare').map(([, input]) => input);

beforeAll(async () => {
  ({ browser, page } = await openBrowser(problems));
});
beforeEach(() => {
  answers = (ids) => comparison(ids);
  return page.setViewportSize({ width: 1_280, height: 800 });
});
afterAll(() => browser?.close());

it('says which run is better, where and by what it differs', async () => {
  await open(['a', 'b']);
  await page.getByText('B is better than A on 8 of 40, worse on 1, the same on 31; paired p = 0.0060.').waitFor(WAIT);
  const difference = page.getByRole('table', { name: 'B − A' });
  expect(await difference.getByText('+0.33').count()).toBe(9);
  expect(await difference.getByText('−0.50').count()).toBe(1);
  expect(await difference.getByRole('cell', { name: '0', exact: true }).count()).toBe(30);
  const table = page.getByRole('table', { name: 'Settings and figures' });
  expect(await table.getByRole('row', { name: 'dtype bfloat16 float16' }).count()).toBe(1);
  expect(await table.getByText('2.13.0').count()).toBe(0);
  await page.getByText('All', { exact: true }).click();
  await table.getByText('2.13.0').first().waitFor(WAIT);
  await page.getByRole('region', { name: 'A · Memory' }).getByText('RTX 4090').waitFor(WAIT);
  await page.getByRole('region', { name: 'B · Memory' }).getByText('No samples of this time are kept.').waitFor(WAIT);
  expect(await lookAround(page, 'compare-needle')).toEqual([]);
});

it('adds, pins, removes and exports', async () => {
  await open(['a', 'b']);
  await page.getByRole('button', { name: 'Add a run' }).click();
  await page.getByRole('option', { name: /qwen-c/ }).click(WAIT);
  await page.getByText('p adjusted for 2 comparisons (Holm)').first().waitFor(WAIT);
  expect(page.url()).toContain('#/compare/a/b/c');
  await page.getByRole('button', { name: 'Make it the baseline' }).last().click();
  await expect.poll(() => comparisons().at(-1), WAIT).toEqual({ req_ids: ['c', 'a', 'b'] });
  const first = page.getByRole('listitem').filter({ has: page.getByText('baseline', { exact: true }) });
  await first.getByRole('link', { name: 'Needle · qwen-c' }).waitFor(WAIT);
  await page.getByRole('button', { name: 'Remove from the comparison: B' }).click();
  await expect.poll(() => comparisons().at(-1), WAIT).toEqual({ req_ids: ['c', 'b'] });
  // While two runs are compared, none of them can be removed; what is still shown of three is dimmed.
  await page.getByRole('button', { name: 'Remove from the comparison: B' }).waitFor({ ...WAIT, state: 'detached' });
  await page.getByRole('button', { name: 'Export' }).click();
  // The menu fades in.
  await expect.poll(() => violations(page), WAIT).toEqual([]);
  await page.getByRole('menuitem', { name: 'Markdown' }).click();
  const file = page.getByRole('dialog');
  await file.getByText('B is better than A on 8 of 40').waitFor(WAIT);
  expect(await file.getByText('| model |').count()).toBe(1);
  expect(calls.at(-1)).toEqual(['runs.export', { req_ids: ['c', 'b'], format: 'markdown' }]);
  await page.keyboard.press('Escape');
});

it('shows the rest where nothing can be paired, and runs that are gone or not done', async () => {
  answers = () => {
    const found = comparison(['a', 'b'], { missing: ['old'] }, refused);
    const running: RunRecord[] = found.runs.map((run, i) => (i ? { ...run, state: 'processing', score: null } : run));
    return { ...found, runs: running, against: found.against.map((one) => ({ ...one, differences: [] })) };
  };
  await open(['a', 'b', 'old']);
  await page.getByText('B: Other datasets.').waitFor(WAIT);
  await page.getByText('There is no run old any more').waitFor(WAIT);
  expect(await page.getByRole('table', { name: 'B − A' }).count()).toBe(0);
  expect(await page.getByText('running', { exact: true }).count()).toBe(1);
  await page.getByRole('table', { name: 'B', exact: true }).waitFor(WAIT);
  expect(await violations(page)).toEqual([]);
  await saveShot(page, 'compare-refused');
  answers = (ids) => comparison(ids);
  await page.getByRole('button', { name: 'Remove from the comparison', exact: true }).click();
  await expect.poll(() => page.url(), WAIT).toMatch(/compare\/a\/b$/);
  await page.getByText('B is better than A').waitFor(WAIT);
});

it('keeps what it shows while the backend is stopped, and asks again when it is ready', async () => {
  await open(['a', 'b']);
  await page.getByText('B is better than A').waitFor(WAIT);
  const { backend } = panelState([]);
  answers = () => {
    throw new PanelError('not_ready', verbatim('The backend is not ready.'));
  };
  fake.state({ backend: { ...backend, phase: 'stopped' } });
  await page.getByText('this is the comparison as last made').waitFor(WAIT);
  expect(await page.getByText('B is better than A').count()).toBe(1);
  answers = (ids) => comparison(ids);
  fake.state({ backend });
  await page.getByText('as last made').waitFor({ ...WAIT, state: 'detached' });
  await open(['a']);
  await page.getByText('Choose at least two runs to compare').waitFor(WAIT);
  expect(comparisons()).toEqual([]);
});

it('shows subjects, in Chinese and where the window is narrow', async () => {
  await page.evaluate("localStorage.setItem('headroom-language', 'zh')");
  const names = ['accountant', 'law', 'physician'];
  const subjects = (scores: number[]) => names.map((name, i) => ({ group: [name], score: scores[i] ?? 0 }));
  answers = (ids) => {
    const found = comparison(ids, { groups: [subjects([0.5, 0.6, 0.7]), subjects([0.55, 0.4, 0.7])] });
    return { ...found, against: found.against.map((one) => ({ ...one, differences: subjects([0.05, -0.2, 0]) })) };
  };
  await open(['a', 'b']);
  const table = page.getByRole('table', { name: '各学科准确率' });
  await table.waitFor(WAIT);
  expect(await table.getByRole('row').nth(1).innerText()).toMatch(/law\s+60\.0\s+40\.0\s+−20\.0/);
  await page.getByText('共 40 项，B 优于 A 8 项').waitFor(WAIT);
  expect(await page.getByRole('main').innerText()).not.toMatch(/\b(is|of|the|and)\b/);
  expect(await violations(page)).toEqual([]);
  await saveShot(page, 'compare-subjects-chinese');
  for (const [width, height] of [
    [800, 600],
    [640, 400],
  ] as const) {
    await page.setViewportSize({ width, height });
    expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
    await saveShot(page, `compare-subjects-chinese-${width}`);
  }
  await page.evaluate('localStorage.clear()');
  expect(problems).toEqual([]);
});
