import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFailed } from 'vitest';
import { lookAround, openPanel, openRoom, RUN, ready, saveShot, WAIT } from '../fixtures/browser.ts';
import { finish, python, root } from '../fixtures/panel.ts';

let page: Page;
let close: (() => Promise<void>) | undefined;
/** A folder with one model. */
let zoo: string;
const problems: string[] = [];

/** Two subjects as C-Eval has them, and the file that says where they lie. */
async function makeQuestions(home: string): Promise<Record<string, string>> {
  const folder = join(home, 'ceval');
  await mkdir(folder);
  for (const [subject, count] of [
    ['accountant', 6],
    ['high_school_physics', 4],
  ] as const) {
    const lines = Array.from({ length: count }, (_, i) =>
      JSON.stringify({ id: i, question: `${'问'.repeat(i + 1)}？`, A: '一', B: '二', C: '三', D: '四', answer: 'A' }),
    );
    await writeFile(join(folder, `${subject}.jsonl`), lines.join('\n'));
  }
  const file = join(home, 'datasets.json');
  await writeFile(file, JSON.stringify({ 'C-Eval': folder }));
  return { LBS_DATASETS: file };
}

const makeGguf = (file: string) =>
  finish(python, ['-m', 'tests.support.gguf_files', file], { cwd: join(root, 'python') });

beforeAll(async () => {
  const opened = await openPanel(problems, async (home) => {
    await makeGguf(join(home, 'models', 'small.gguf'));
    zoo = join(home, 'zoo');
    await mkdir(join(zoo, 'adapter'), { recursive: true });
    await writeFile(join(zoo, 'adapter', 'adapter_config.json'), '{}');
    return makeQuestions(home);
  });
  ({ page, close } = opened);
  await page.goto(opened.url);
  await ready(page);
});

afterAll(() => close?.());

// What the page showed when it went wrong.
beforeEach((test) => onTestFailed(async () => void (await saveShot(page, `failed ${test.task.name.slice(0, 30)}`))));

const main = () => page.getByRole('main');
const openRun = () => page.getByRole('link', { name: 'Open the run' }).click(RUN);
const gpu = () => page.getByRole('region', { name: 'GPU 0', exact: true });
const plan = () => page.getByRole('region', { name: 'Memory of this run' });
const start = () => page.getByRole('button', { name: 'Run', exact: true }).click(WAIT);
const field = (name: string) => page.getByRole('textbox', { name });

describe('A model folder', () => {
  it('is added and removed, and the root of the system is refused', async () => {
    await page.getByRole('link', { name: 'Model folders' }).click(WAIT);
    const path = field('Add a model folder');
    await path.fill('/');
    await path.press('Enter');
    await page.getByText('/ belongs to the system').waitFor(WAIT);
    await path.fill(zoo);
    await path.press('Enter');
    const row = page.getByRole('region', { name: zoo });
    await row.getByText('1 model', { exact: true }).waitFor(WAIT);
    expect(await lookAround(page, 'model-folders')).toEqual([]);
    await row.getByRole('button', { name: 'Remove' }).click();
    await row.waitFor({ ...WAIT, state: 'detached' });
    await openRoom(page, 'Overview');
    await page.getByRole('button', { name: 'Parameters' }).click(WAIT);
  });
});

describe('A GGUF file', () => {
  it('is converted in the form, and is then a model like others', async () => {
    const model = page.getByRole('combobox', { name: 'Model' });
    await model.selectOption('models/small.gguf');
    const conversion = page.getByRole('region', { name: 'Conversion' });
    await conversion.getByText(/can be converted: dequantized it holds 0\.2 MiB instead of 0\.\d MiB/).waitFor(WAIT);
    expect(await page.getByRole('button', { name: 'Run', exact: true }).isDisabled()).toBe(true);
    expect(await lookAround(page, 'gguf')).toEqual([]);
    await conversion.getByRole('button', { name: 'Convert', exact: true }).click();
    await conversion.getByRole('button', { name: 'Cancel the conversion' }).waitFor(WAIT);
    await field('Context lengths').fill('128');
    await plan().getByText('fits', { exact: true }).waitFor(RUN);
    expect(await model.locator('option').allTextContents()).toEqual(['models/small', 'models/tiny-llama (toy)']);
    await model.selectOption('models/tiny-llama (toy)');
  });
});

describe('C-Eval', () => {
  it('is chosen in the form, with its subjects and its plan', async () => {
    await page.getByRole('combobox', { name: 'Dataset' }).selectOption('C-Eval');
    await page.getByRole('button', { name: 'Folder of C-Eval' }).getByText('2 subjects').waitFor(WAIT);
    await page.getByRole('combobox', { name: 'Subjects' }).or(field('Subjects')).first().click();
    await page.getByRole('option', { name: 'high_school_physics' }).click(WAIT);
    await saveShot(page, 'ceval-subjects');
    await page.keyboard.press('Escape');
    await plan()
      .getByText(/batch of up to \d+ questions would fit/)
      .waitFor(RUN);
    await field('Batch size').fill('512');
    await plan().getByText('does not fit', { exact: true }).waitFor(RUN);
    expect(await lookAround(page, 'ceval-form')).toEqual([]);
    await plan()
      .getByRole('button', { name: /^batch \d+/ })
      .click();
    await plan().getByText('fits', { exact: true }).waitFor(RUN);
  });

  it('gives the accuracy by subject, and keeps the model', async () => {
    await field('Batch size').fill('');
    await page.getByRole('combobox', { name: 'Subjects' }).or(field('Subjects')).first().press('Backspace');
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Parameters' }).getByText('all subjects').waitFor(WAIT);
    await start();
    await openRun();
    const table = main().getByRole('table', { name: 'Accuracy by subject' });
    await table.getByRole('row', { name: /accountant 6/ }).waitFor(RUN);
    await table.getByRole('row', { name: /high school physics 4/ }).waitFor(WAIT);
    const categories = main().getByRole('table', { name: 'Accuracy by category' });
    await categories.getByRole('row', { name: /^overall 2 \/ 52 .* ± / }).waitFor(WAIT);
    await categories.getByRole('row', { name: /^C-Eval Hard 1 \/ 8 / }).waitFor(WAIT);
    await main().getByText('variant lm-eval · 0 examples · log-likelihood of the letters').waitFor(WAIT);
    await table.scrollIntoViewIfNeeded();
    expect(await lookAround(page, 'ceval-result')).toEqual([]);
    await openRoom(page, 'Overview');
    await gpu().getByText('cached').waitFor(WAIT);
    await gpu().getByText('on the GPU, reused 0 times').waitFor(WAIT);
    await start();
    await gpu().getByText('reused 1 time', { exact: false }).waitFor(RUN);
  });

  it('tells which cached model gave way, and why', async () => {
    await page.getByRole('combobox', { name: 'Dataset' }).selectOption('NeedleInAHaystack');
    await field('Context lengths').fill('256');
    await field('Depths').fill('50');
    await start();
    await gpu()
      .getByText(/Last eviction: .*an uncached run uses the GPUs alone/)
      .waitFor(RUN);
  });

  it('asks before it puts layers on the CPU, and stamps the result', async () => {
    // With a run on, Apply would ask when.
    await openRun();
    await main().getByRole('table', { name: 'Score by context length and depth' }).waitFor(RUN);
    await openRoom(page, 'Overview');
    await page.getByRole('button', { name: 'Limits' }).click(WAIT);
    await page.getByRole('combobox', { name: 'Data type' }).selectOption('float32');
    await field('Limit value').fill('0.109');
    await field('Limit value').press('Enter');
    await page.getByRole('button', { name: 'Apply', exact: true }).click(WAIT);
    await page.getByRole('note', { name: 'Settings in force' }).getByText('0.109').waitFor(WAIT);
    await start();
    await openRun();
    await main().getByRole('button', { name: 'Run with CPU offload' }).click(RUN);
    await main()
      .getByText(/% of the weights ran on the CPU/)
      .waitFor(RUN);
    expect(await lookAround(page, 'offload-stamp')).toEqual([]);
    expect(problems).toEqual([]);
  });
});
