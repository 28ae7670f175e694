import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openPanel, openRoom, RUN, ready, saveShot, violations, WAIT } from '../fixtures/browser.ts';

let page: Page;
let url: string;
let close: (() => Promise<void>) | undefined;
const problems: string[] = [];

beforeAll(async () => {
  ({ page, url, close } = await openPanel(problems));
});

afterAll(() => close?.());

const shot = (name: string) => saveShot(page, name);
const gpu = () => page.getByRole('region', { name: 'GPU 0', exact: true });
const limits = () => page.getByRole('region', { name: 'Limits', exact: true });
const plan = () => page.getByRole('region', { name: 'Memory of this run' });

/** What a person does to get through the six steps: `click` below counts, and nothing else of these steps presses anything. */
const done = { clicks: 0, scrolls: 0 };
const started = Date.now();

interface PageGlobals {
  innerWidth: number;
  innerHeight: number;
  document: { elementFromPoint(x: number, y: number): unknown };
}

/** Clicks where a person would: a target outside of the window costs a scroll first. */
async function click(target: Locator, share = 0.5): Promise<void> {
  await target.waitFor(WAIT);
  await expect.poll(() => target.isEnabled(), WAIT).toBe(true);
  const inside = await target.evaluate((element) => {
    const { top, bottom, left, right, width, height } = element.getBoundingClientRect();
    const { innerWidth, innerHeight, document } = globalThis as unknown as PageGlobals;
    const at = document.elementFromPoint(left + width / 2, top + height / 2) as typeof element | null;
    const isOnTop = at !== null && (element.contains(at) || at.contains(element));
    return isOnTop && top >= 0 && left >= 0 && bottom <= innerHeight && right <= innerWidth;
  });
  if (!inside) {
    done.scrolls += 1;
    await target.scrollIntoViewIfNeeded();
  }
  const box = await target.boundingBox();
  if (!box) throw new Error('The target is not on the page.');
  done.clicks += 1;
  await page.mouse.click(box.x + box.width * share, box.y + box.height / 2);
}

/** What the card's legend says that we hold as weights, in MiB. */
async function weights(): Promise<number> {
  const text = await gpu().innerText();
  return Number(/weights\s+(\d+) MiB/.exec(text)?.[1] ?? 0);
}

describe('the six steps in a browser', () => {
  it('1. opens the panel, and the address bar keeps no token', async () => {
    // A shared link brings the form along: one repeat, so that the run is short.
    await page.goto(`${url}&needle.repeats=1`);
    await ready(page);
    expect(page.url()).not.toContain('token');
    await page.getByRole('button', { name: 'Parameters' }).getByText('1 repeat').waitFor(WAIT);
  });

  it('2. shows the GPU’s memory live', async () => {
    await gpu().getByText('headroom of').waitFor(WAIT);
    await gpu().getByText('context 12 MiB').or(gpu().getByText('Emulated GPU 256 MiB')).first().waitFor(WAIT);
    await shot('1-open');
  });

  it('3. sets the limit with the slider, and shows it as pending', async () => {
    await click(limits().getByRole('button', { name: 'Limits' }));
    await click(page.locator('.limits .mantine-Slider-trackContainer'), 0.5);
    await gpu().getByText('50 % pending').waitFor(WAIT);
    await limits().getByText('LBS_GPU_MEMORY_LIMIT').waitFor(WAIT);
    await shot('2-pending');
  });

  it('4. applies, and the backend runs under exactly that limit', async () => {
    await click(limits().getByRole('button', { name: 'Apply' }));
    await limits().getByText('Nothing to apply.').waitFor(WAIT);
    await ready(page);
    await page.getByRole('note', { name: 'Settings in force' }).getByText('0.50').waitFor(WAIT);
    await shot('3-applied');
  });

  it('5. runs the needle test and shows progress, memory and the result', async () => {
    await plan().getByText('fits', { exact: true }).waitFor({ timeout: 60_000 });
    await click(page.getByRole('button', { name: 'Run', exact: true }));
    await expect.poll(weights, WAIT).toBeGreaterThan(2);
    await shot('4-running');
    await click(page.getByRole('link', { name: 'Open the run' }));
    // Fifteen prompts on a CPU, which may have other work.
    await page.getByRole('table', { name: 'Score by context length and depth' }).waitFor({ timeout: 120_000 });
    await page.locator('.run-head').getByText('completed', { exact: true }).waitFor(RUN);
    await shot('5-result');
  });

  it('6. clears and restarts, and the memory comes back', async () => {
    await click(page.getByRole('button', { name: 'Clear and restart' }));
    const cleared = page.getByRole('region', { name: 'Clear and restart' });
    await cleared.getByText(/MiB freed$/).waitFor(WAIT);
    await ready(page);
    await shot('6-cleared');
    // Of the steps themselves; what follows is of other tests.
    expect(done).toEqual({ clicks: 6, scrolls: 0 });
    console.log(
      `six steps: ${done.clicks} clicks, ${done.scrolls} scrolls, ${Math.round((Date.now() - started) / 1_000)} s`,
    );
    await cleared.getByRole('button', { name: 'Close the results' }).click();
    await openRoom(page, 'Overview');
    await gpu().getByText('CUDA context 0 MiB').waitFor(WAIT);
  });

  it('says before a run what would fit where it does not, and undoes', async () => {
    await page.getByRole('button', { name: 'Parameters' }).click();
    await page.getByRole('textbox', { name: 'Context lengths' }).fill('512, 1024, 4000');
    await plan().getByText('KV cache').waitFor(RUN);
    await page.getByRole('textbox', { name: 'Limit value' }).fill('10 %');
    await page.getByRole('textbox', { name: 'Limit value' }).press('Enter');
    const pending = page.getByRole('region', { name: 'Under the pending settings' });
    await pending.getByText('does not fit').waitFor(RUN);
    await shot('plan-does-not-fit');
    await pending.getByRole('button', { name: /^limit 0/ }).click();
    await pending.getByText('fits', { exact: true }).waitFor(RUN);
    await limits().getByRole('button', { name: 'Undo', exact: true }).click();
    await limits().getByText('Nothing to apply.').waitFor(WAIT);
    await page.getByRole('button', { name: /^Run at the longest that fits: [\d,]+$/ }).click(RUN);
    const active = page.getByRole('region', { name: 'Run in progress' });
    await active.getByRole('button', { name: /^Cancel/ }).click(RUN);
    // Stop would ask when, while it is in progress.
    await active.waitFor({ ...RUN, state: 'detached' });
    await shot('plan-fits');
  });

  it('stops and starts', async () => {
    await page.getByRole('button', { name: 'Stop', exact: true }).click();
    await page.getByRole('button', { name: 'Start', exact: true }).click(WAIT);
    await ready(page);
  });

  it('speaks Chinese', async () => {
    const speak = async (language: string) => {
      await page.evaluate(`localStorage.setItem('headroom-language', '${language}')`);
      await page.reload();
    };
    await speak('zh');
    await page
      .getByRole('status', { name: '后端' })
      .filter({ hasText: /就绪|启动中：/ })
      .waitFor(WAIT);
    expect(await page.locator('html').getAttribute('lang')).toBe('zh-CN');
    await gpu().getByText('余量').waitFor(WAIT);
    const form = page.getByRole('region', { name: '下一次运行' });
    await form.getByRole('button', { name: '运行', exact: true }).waitFor(WAIT);
    await form.getByRole('region', { name: '此运行的显存' }).getByText('放得下', { exact: true }).waitFor(RUN);
    await form.getByRole('button', { name: '参数' }).waitFor(WAIT);
    await page
      .getByRole('region', { name: '限制', exact: true })
      .getByRole('button', { name: '应用', exact: true })
      .waitFor(WAIT);
    expect(await violations(page)).toEqual([]);
    await shot('7-chinese');
    await speak('en');
    await ready(page);
  });

  it('has no accessibility violation and no error on the console, in both themes and sizes', async () => {
    for (const scheme of ['dark', 'light'] as const) {
      await page.emulateMedia({ colorScheme: scheme });
      await page.setViewportSize({ width: 1920, height: 1080 });
      await shot(`${scheme}-1920`);
      await page.setViewportSize({ width: 1280, height: 800 });
      await shot(`${scheme}-1280`);
      expect(await violations(page)).toEqual([]);
    }
    expect(problems).toEqual([]);
  });
});
