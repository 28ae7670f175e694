import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type CommandName,
  type ExportRequest,
  PanelError,
  type PanelState,
  type ProcessWindowRequest,
  type Run,
  type TimelineEvent,
  verbatim,
  type WindowRequest,
} from '#contract';
import { gpuDevice, gpuProcess } from '#samples';
import { createHistory, type History } from '../../electron/core/history/index.ts';
import { lookAround, openBrowser, saveShot, violations, WAIT } from '../fixtures/browser.ts';
import { madeTick } from '../fixtures/made-history.ts';
import { openPage, panelState } from '../fixtures/page.ts';

const HOUR = 3_600_000;
const TOTAL_MIB = 24_564;
const SPIKE_MIB = 23_000;
const now = Date.now();
const spikeAt = now - 3 * HOUR;
/** The machine was off. */
const off = { from: now - 2 * HOUR, to: now - 1.5 * HOUR };
const uuids = ['GPU-0'];

let folder: string;
let history: History;
let browser: Browser;
let page: Page;
let panel: Awaited<ReturnType<typeof openPage>>;
let failing: string | null = null;
const problems: string[] = [];

const run: Run = {
  req_id: 'run-7',
  dataset: 'NeedleInAHaystack',
  model: '/models/demo-5B',
  status: 'cancelled',
  total_items: 4,
  current_item: 1,
  current_question: '',
  current_question_sentence: null,
  start_time: null,
  last_update_time: null,
  error: null,
  error_code: null,
  estimated_remaining_seconds: null,
  progress_percentage: 25,
  unsaved_items: 0,
  wait_for_bytes: null,
  wait_sentence: null,
  paused: false,
  parameters: {},
  resumes: null,
  stage: null,
  error_sentence: null,
  result: null,
};
const runs = Array.from({ length: 9 }, (_, i): Run => ({ ...run, req_id: `run-${7 + i}` }));
const events: TimelineEvent[] = [
  { time: now - 4 * HOUR, kind: 'run_started', text: 'The run that is looked for.', ref: 'run-7' },
  { time: now - 4 * HOUR + 1_000, kind: 'model_loaded', text: 'demo-5B loaded.' },
  { time: spikeAt, kind: 'out_of_memory', text: 'Of this GPU only.', gpuUuid: 'GPU-0' },
  { time: spikeAt + HOUR, kind: 'xid', text: 'Of a GPU that is not here.', gpuUuid: 'GPU-9' },
];

/** Five hours of one GPU, every two seconds, with one sample that nearly fills the card, and half an hour of nothing. */
async function fill() {
  for (let time = now - 5 * HOUR; time < now; time += 2_000) {
    if (time > off.from && time < off.to) continue;
    const tick = madeTick(uuids, time);
    const [gpu] = tick.gpus;
    if (gpu && time <= spikeAt && time + 2_000 > spikeAt) gpu.memoryUsedMiB = SPIKE_MIB;
    history.addTick(tick);
  }
  for (let time = now - HOUR; time < now; time += 10_000)
    history.addProcesses(time, [
      gpuProcess({ pid: 41, startTime: 1, name: 'python -m lbs.worker', usedMiB: 9_000, ours: true }),
      gpuProcess({ pid: 42, startTime: 2, name: '/usr/bin/firefox', usedMiB: 300 }),
    ]);
  for (const event of events) history.addEvent(event);
  await history.flush();
}

const answers: Partial<Record<CommandName, (input: never) => unknown>> = {
  'history.window': (input: WindowRequest) => history.window(input),
  'history.events': (input: { from: number; to: number }) => history.eventsWithin(input),
  'history.processes': (input: ProcessWindowRequest) => history.processes(input),
  'history.export': (input: ExportRequest) => history.export(input),
  'crashes.list': () => [],
  'datasets.list': () => ({ datasets: [] }),
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headroom-history-'));
  history = await createHistory({ folder });
  await fill();
  ({ browser, page } = await openBrowser(problems));
  const state: PanelState = panelState([
    gpuDevice({ uuid: 'GPU-0', name: 'NVIDIA GeForce RTX 4090', memoryTotalMiB: TOTAL_MIB }),
  ]);
  panel = await openPage(page, {
    state,
    runs,
    ticks: [...history.ticks()],
    answer(command, input) {
      if (failing) throw new PanelError('internal', verbatim(failing));
      const known = answers[command];
      if (!known) throw new Error(`This page does not expect ${command}.`);
      return known(input as never);
    },
  });
  await card().waitFor(WAIT);
});

afterAll(async () => {
  await browser?.close();
  await history?.stop();
  await rm(folder, { recursive: true, force: true });
});

const charts = () => page.getByRole('region', { name: 'History', exact: true });
const card = () => page.getByRole('region', { name: 'Memory GPU 0' });
const choose = (words: string) => charts().getByText(words, { exact: true }).click();
const band = () => card().locator('[data-metric=memoryUsedMiB] .band').first();
const surface = () => card().locator('.surface').first();
const mark = (name: RegExp) => card().getByRole('button', { name });

/** The chart's highest value in MiB, its distance from the left in pixels, and the number of pieces of the line. */
async function drawn(): Promise<{ most: number; at: number; pieces: number }> {
  const path = (await band().getAttribute('d')) ?? '';
  const height = (await surface().boundingBox())?.height ?? 0;
  const points = [...path.matchAll(/[ML]([\d.]+) ([\d.]+)/g)].map(([, x, y]) => ({ x: Number(x), y: Number(y) }));
  const { x, y } = points.reduce((top, point) => (point.y < top.y ? point : top), {
    x: 0,
    y: Number.POSITIVE_INFINITY,
  });
  return { most: TOTAL_MIB * (1 - y / height), at: x, pieces: path.split('M').length - 1 };
}

const until = (probe: () => Promise<boolean>) => expect.poll(probe, WAIT).toBe(true);

async function box() {
  const found = await surface().boundingBox();
  if (!found) throw new Error('The chart is not on the screen.');
  return found;
}

describe('charts over the history', () => {
  it.each(['6 h', '24 h', '7 d', '30 d'])('show the single sample that nearly filled the GPU, at %s', async (span) => {
    await choose(span);
    await until(async () => Math.abs((await drawn()).most - SPIKE_MIB) < TOTAL_MIB / 100);
  });

  it('break at a gap in telemetry, and say when the history begins', async () => {
    await choose('24 h');
    await until(async () => (await drawn()).pieces === 2);
    await card().getByText('No history before').first().waitFor(WAIT);
    await choose('6 h');
    await until(async () => (await drawn()).pieces === 2);
    expect(await lookAround(page, 'charts')).toEqual([]);
  });

  it('show the time and values under the pointer, on all charts at once', async () => {
    // The spike is one pixel wide and the pointer's position is rounded, so its neighbours are tried too.
    const spike = card()
      .locator('.readout')
      .getByText(`${(SPIKE_MIB / 1024).toFixed(1)} GiB`);
    let step = 0;
    await until(async () => {
      const { x, y, height } = await box();
      step = (step + 1) % 3;
      await page.mouse.move(x + (await drawn()).at + step - 1, y + height / 2);
      return spike.isVisible();
    });
    expect(await charts().locator('.readout:visible').count()).toBe(2);
    await saveShot(page, 'charts-pointer');
  });

  it('zoom in by dragging, and go back', async () => {
    const { x, y, width, height } = await box();
    await page.mouse.move(x + width * 0.4, y + height / 2);
    await page.mouse.down();
    await page.mouse.move(x + width * 0.5, y + height / 2, { steps: 3 });
    await page.mouse.up();
    await charts().getByRole('button', { name: 'Back' }).waitFor(WAIT);
    // 2.4 to 3 hours after the beginning of six: the spike is at its end.
    await until(async () => (await drawn()).pieces === 1);
    await page.mouse.dblclick(x + width / 2, y + height / 2);
    await until(async () => (await drawn()).pieces === 2);
    expect(await charts().getByRole('button', { name: 'Back' }).count()).toBe(0);
  });

  it('move by half their width', async () => {
    await charts().getByRole('button', { name: 'Earlier' }).click();
    await until(async () => Math.abs((await drawn()).most - SPIKE_MIB) < TOTAL_MIB / 100);
    await until(async () => (await drawn()).pieces === 1);
    await charts().getByRole('button', { name: 'Back' }).click();
    await until(async () => (await drawn()).pieces === 2);
  });

  it('are read by keyboard: arrow keys move the crosshair and announce the values', async () => {
    const image = card().getByRole('img', { name: 'Memory GPU 0: values at a time' });
    await image.focus();
    await page.keyboard.press('End');
    await page.keyboard.press('Shift+ArrowLeft');
    await card()
      .getByText(/: total \d+\.\d.* GiB, /)
      .waitFor(WAIT);
    expect(await charts().locator('.readout:visible').count()).toBe(2);
    await saveShot(page, 'charts-keys');
    await page.keyboard.press('Escape');
    expect(await charts().locator('.readout:visible').count()).toBe(0);
  });

  it('pause while samples arrive, follow again, and keep the range in the address', async () => {
    await choose('10 min');
    await until(async () => !page.url().includes('range='));
    await charts().getByRole('button', { name: 'Pause' }).click();
    await until(async () => /range=\d+-\d+/.test(page.url()));
    const before = await band().getAttribute('d');
    panel.tick({ ...madeTick(uuids, Date.now()), time: Date.now() + 60_000 });
    await new Promise((done) => setTimeout(done, 1_500));
    expect(await band().getAttribute('d')).toBe(before);
    await charts().getByRole('button', { name: 'Follow' }).click();
    await until(async () => (await band().getAttribute('d')) !== before);
    await choose('6 h');
    await until(async () => page.url().includes('range=6h') && (await drawn()).pieces === 2);
  });

  it('mark events, which open by keyboard and lead to their run', async () => {
    expect(await mark(/Xid error/).count()).toBe(0);
    await mark(/^out of memory/).waitFor(WAIT);
    await mark(/^2 events/).focus();
    await page.keyboard.press('Enter');
    const opened = page.getByRole('dialog', { name: 'Events' });
    await opened.getByText('The run that is looked for.').waitFor(WAIT);
    await opened.getByText('demo-5B loaded.').waitFor(WAIT);
    await saveShot(page, 'charts-event');
    expect(await violations(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await opened.waitFor({ ...WAIT, state: 'detached' });
    await until(() => mark(/^2 events/).evaluate((one) => one.matches(':focus')));
    await page.keyboard.press('Enter');
    await opened.getByRole('link', { name: 'Show the run' }).click();
    await page.getByRole('heading', { name: 'demo-5B' }).first().waitFor(WAIT);
    expect(page.url()).toContain('#/runs/run-7');
    await page.goBack();
    await card().waitFor(WAIT);
    // The range is in the address.
    await until(async () => (await drawn()).pieces === 2);
  });

  it('show throttle reasons in lanes', async () => {
    const lanes = card().getByRole('list', { name: 'Throttle reasons' });
    await lanes.getByText('power cap', { exact: true }).waitFor(WAIT);
    expect(await lanes.getByText('idle', { exact: true }).count()).toBe(0);
    await choose('Clocks');
    await charts().getByText('idle', { exact: true }).waitFor(WAIT);
    await saveShot(page, 'charts-throttling');
  });

  it('show the memory of each process', async () => {
    await choose('1 h');
    await choose('Processes');
    const processes = page.getByRole('region', { name: 'Processes GPU 0' });
    await processes.getByText('backend: python (41)').first().waitFor(WAIT);
    await processes.getByText('firefox (42)').first().waitFor(WAIT);
    await saveShot(page, 'charts-processes');
    expect(await violations(page)).toEqual([]);
    await choose('Memory');
  });

  it.each([
    ['CSV', 'csv'],
    ['JSON', 'json'],
  ])('are exported completely as %s', async (word, ending) => {
    await choose('6 h');
    await charts().getByRole('button', { name: 'Export this time range' }).click();
    await page.getByRole('menuitem', { name: `As ${word}` }).waitFor(WAIT);
    expect(await violations(page)).toEqual([]);
    const [download] = await Promise.all([
      page.waitForEvent('download', WAIT),
      page.getByRole('menuitem', { name: `As ${word}` }).click(),
    ]);
    expect(download.suggestedFilename()).toMatch(new RegExp(`\\.${ending}$`));
    const text = await readFile(await download.path(), 'utf8');
    expect(text).toContain('GPU-0');
    if (ending === 'json') expect(JSON.parse(text).length).toBeGreaterThan(500);
    else expect(text.trim().split('\n').length).toBeGreaterThan(500);
  });

  it('say why a GPU reports no values', async () => {
    await choose('10 min');
    const tick = madeTick(uuids, Date.now());
    const [gpu] = tick.gpus;
    if (gpu) Object.assign(gpu, { reasons: { powerDrawW: 'not_supported' } });
    // The chart is empty only once the ten minutes with values are out of range.
    panel.tick({
      ...tick,
      time: tick.time + 700_000,
      gpus: tick.gpus.map((one) => ({ ...one, powerDrawW: null, powerLimitW: null })),
    });
    await card().getByRole('region', { name: 'Power' }).getByText('not supported by this GPU').waitFor(WAIT);
  });

  it('show an error if the history cannot be read, and recover', async () => {
    failing = 'The disk does not answer.';
    await choose('24 h');
    await card().getByText('Cannot read the history: The disk does not answer.').first().waitFor(WAIT);
    await saveShot(page, 'charts-failed');
    failing = null;
    await choose('6 h');
    await until(async () => (await drawn()).pieces >= 2);
    expect(problems).toEqual([]);
  });
});
