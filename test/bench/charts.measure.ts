import type { Browser, CDPSession, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { gpuDevice } from '#samples';
import { openBrowser } from '../fixtures/browser.ts';
import { madeAnswers, madeEvents, madeTick } from '../fixtures/made-history.ts';
import { openPage, panelState } from '../fixtures/page.ts';

/** The cost of the charts of eight GPUs in a browser without a GPU: live at 2 Hz, and one answer of the history. */
const SECONDS = 20;
const PERIOD_MS = 500;
const SWITCHES = 6;
const HOUR = 3_600_000;
const uuids = Array.from({ length: 8 }, (_, i) => `GPU-${i}`);

let browser: Browser;
let page: Page;
let cdp: CDPSession;
let all: CDPSession;
let panel: Awaited<ReturnType<typeof openPage>>;
const problems: string[] = [];

beforeAll(async () => {
  ({ browser, page } = await openBrowser(problems));
  // All eight are on screen: charts out of view cost nothing.
  await page.setViewportSize({ width: 1920, height: 2_400 });
  const now = Date.now();
  const ticks = Array.from({ length: 1_200 }, (_, i) => madeTick(uuids, now - 600_000 + i * PERIOD_MS));
  const devices = uuids.map((uuid, index) => gpuDevice({ uuid, index, memoryTotalMiB: 24_564 }));
  const state = panelState(devices, { events: madeEvents(now - 600_000, now) });
  panel = await openPage(page, { state, ticks, answer: madeAnswers(uuids, 48 * HOUR) });
  await page.locator('.plot').nth(8).waitFor();
  cdp = await page.context().newCDPSession(page);
  all = await browser.newBrowserCDPSession();
  // The thread's own CPU time: other work on this machine does not count.
  await cdp.send('Performance.enable', { timeDomain: 'threadTicks' });
}, 120_000);
afterAll(() => browser?.close());

/** Milliseconds of the page's main thread, and of all processes of the browser. */
async function spent() {
  const { metrics } = await cdp.send('Performance.getMetrics');
  const seconds = metrics.find(({ name }) => name === 'TaskDuration')?.value ?? Number.NaN;
  const { processInfo } = await all.send('SystemInfo.getProcessInfo');
  return { main: seconds * 1_000, all: processInfo.reduce((sum, { cpuTime }) => sum + cpuTime, 0) * 1_000 };
}

async function during(work: () => Promise<unknown>) {
  const [before, begin] = [await spent(), performance.now()];
  await work();
  const [after, end] = [await spent(), performance.now()];
  return { main: after.main - before.main, all: after.all - before.all, ms: end - begin };
}

const sleep = (ms: number) => new Promise((done) => setTimeout(done, ms));
const percent = (part: number, whole: number) => `${((100 * part) / whole).toFixed(1)} %`;

async function ticking(): Promise<void> {
  for (let i = 0; i < (SECONDS * 1_000) / PERIOD_MS; i += 1) {
    panel.tick(madeTick(uuids, Date.now()));
    await sleep(PERIOD_MS);
  }
}

it('live: eight charts, ten minutes at 2 Hz', async () => {
  await sleep(2_000);
  const still = await during(() => sleep(SECONDS * 1_000));
  const live = await during(ticking);
  // The same page with the charts out of view: the cost of the rest per tick.
  await page.setViewportSize({ width: 1920, height: 420 });
  await sleep(1_000);
  const rest = await during(ticking);
  await page.setViewportSize({ width: 1920, height: 2_400 });
  const updates = (SECONDS * 1_000) / PERIOD_MS;
  console.log(
    `live, 8 GPUs: ${(live.main / updates).toFixed(1)} ms per tick on the main thread, ${percent(live.main, live.ms)} of a core; all processes ${percent(live.all, live.ms)}`,
  );
  console.log(
    `charts out of sight: ${(rest.main / updates).toFixed(1)} ms per tick, all processes ${percent(rest.all, rest.ms)}; without ticks: all processes ${percent(still.all, still.ms)}`,
  );
  expect(live.main).toBeLessThan(live.ms / 4);
});

it.each(['24 h', '30 d'])('an answer of the history, eight charts: %s', async (span) => {
  const bar = page.locator('.chart-bar');
  const drawn = () =>
    page.evaluate(() => {
      const { document } = globalThis as unknown as { document: { querySelectorAll(of: string): Iterable<Drawn> } };
      return [...document.querySelectorAll('[data-metric=memoryUsedMiB] .band')].map((one) => one.getAttribute('d'));
    });
  const shown = async (words: string) => {
    const before = await drawn();
    await bar.getByText(words, { exact: true }).click();
    await expect
      .poll(async () => (await drawn()).every((path, i) => path !== before[i]), { timeout: 20_000 })
      .toBe(true);
    await sleep(300);
  };
  await shown('1 h');
  await shown('6 h');
  const took = await during(async () => {
    for (let i = 0; i < SWITCHES; i += 1) {
      await shown(span);
      await shown('6 h');
    }
  });
  const each = took.main / (2 * SWITCHES);
  console.log(`${span} and 6 h by turns, 8 GPUs: ${each.toFixed(0)} ms of the main thread for each, with its click`);
  expect(problems).toEqual([]);
});

interface Drawn {
  getAttribute(name: string): string | null;
}
