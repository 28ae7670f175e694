import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openPanel, ready, saveShot, violations, WAIT } from '../fixtures/browser.ts';

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

/** What the card's legend says that we hold as weights, in MiB. */
async function weights(): Promise<number> {
  const text = await gpu().innerText();
  return Number(/weights\s+(\d+) MiB/.exec(text)?.[1] ?? 0);
}

describe('the six steps in a browser', () => {
  it('1. opens the panel, and the address bar keeps no token', async () => {
    await page.goto(url);
    await ready(page);
    expect(page.url()).not.toContain('token');
  });

  it('2. shows the GPU’s memory live', async () => {
    await gpu().getByText('headroom of').waitFor(WAIT);
    await gpu().getByText('context 12 MiB').or(gpu().getByText('Emulated GPU 256 MiB')).first().waitFor(WAIT);
    await shot('1-open');
  });

  it('3. sets the limit with the slider, and shows it as pending', async () => {
    const slider = page.getByRole('slider', { name: 'GPU memory limit' });
    await slider.focus();
    await slider.press('End');
    for (let i = 0; i < 50; i += 1) await slider.press('ArrowLeft');
    await gpu().getByText('50 % pending').waitFor(WAIT);
    await page.getByRole('combobox', { name: 'Data type' }).selectOption('float32');
    const cache = page.getByRole('switch', { name: 'Model cache' });
    await cache.click({ force: true });
    await expect.poll(() => cache.isChecked(), WAIT).toBe(false);
    expect(await page.getByRole('switch', { name: 'Memory management' }).isChecked()).toBe(true);
    await page.getByText('LBS_TORCH_DTYPE').first().waitFor(WAIT);
    await shot('2-pending');
  });

  it('4. applies, and the backend runs under exactly those values', async () => {
    await page.getByRole('button', { name: 'Apply' }).click();
    await page.getByText('limit 0.50 in force').waitFor(WAIT);
    await ready(page);
    await page.getByText('Nothing to apply.').waitFor(WAIT);
    await shot('3-applied');
  });

  it('says before the run what it will need, and what would fit where it does not', async () => {
    const plan = page.getByRole('region', { name: 'Memory of this run' });
    await page.getByRole('textbox', { name: 'Context lengths' }).fill('512, 1024, 4000');
    await plan.getByText('fits', { exact: true }).waitFor({ timeout: 60_000 });
    await plan.getByText('KV cache').waitFor(WAIT);
    await page.getByRole('textbox', { name: 'Limit value' }).fill('0.1');
    await page.getByRole('textbox', { name: 'Limit value' }).press('Enter');
    await plan.getByText('does not fit').waitFor(WAIT);
    await shot('plan-does-not-fit');
    await plan.getByRole('button', { name: /^limit 0/ }).click();
    await plan.getByText('fits', { exact: true }).waitFor(WAIT);
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.getByText('Nothing to apply.').waitFor(WAIT);
    await plan.getByRole('button', { name: 'Run longest context' }).click();
    await page.getByRole('button', { name: 'Cancel' }).first().click(WAIT);
    await page.getByText('cancelled').first().waitFor(WAIT);
    await shot('plan-fits');
  });

  it('5. runs the needle test and shows progress, memory and the result', async () => {
    await page.getByRole('textbox', { name: 'Context lengths' }).fill('512, 1024, 2048');
    await page.getByRole('button', { name: 'Run', exact: true }).click();
    await page.getByText('running', { exact: true }).waitFor(WAIT);
    await expect.poll(weights, WAIT).toBeGreaterThan(5);
    await shot('4-running');
    // Fifteen prompts on a CPU, which may have other work.
    await page.getByRole('table', { name: 'Score by context length and depth' }).waitFor({ timeout: 90_000 });
    await page.getByText('measured peak').waitFor(WAIT);
    await expect.poll(weights, WAIT).toBe(0);
    await shot('5-result');
  });

  it('6. clears and restarts, and the memory comes back', async () => {
    await page.getByText('python -m lbs.worker').first().waitFor(WAIT);
    await page.getByRole('button', { name: 'Clear and restart' }).click();
    const cleared = page.getByRole('region', { name: 'Clear and restart' });
    await cleared.getByText(/MiB freed$/).waitFor(WAIT);
    await ready(page);
    await gpu().getByText('CUDA context 0 MiB').waitFor(WAIT);
    await shot('6-cleared');
    await cleared.getByRole('button', { name: 'Close the results' }).click();
  });

  it('stops and starts', async () => {
    await page.getByRole('button', { name: 'Stop', exact: true }).click();
    await page.getByRole('button', { name: 'Start', exact: true }).click(WAIT);
    await ready(page);
  });

  it('speaks Chinese when asked, remembers it, and comes back', async () => {
    await page.getByRole('button', { name: 'switch to Chinese' }).click();
    const status = page.getByRole('status', { name: '后端' }).filter({ hasText: /就绪|启动中：/ });
    await status.waitFor(WAIT);
    await page.reload();
    await status.waitFor(WAIT);
    expect(await page.locator('html').getAttribute('lang')).toBe('zh-CN');
    await gpu().getByText('余量').waitFor(WAIT);
    expect(await violations(page)).toEqual([]);
    await shot('7-chinese');
    // The log is drawn anew in the other language, and is not lost by it.
    const log = page.locator('.xterm-rows');
    await expect.poll(() => log.innerText(), WAIT).toContain('[Server]');
    await page.getByRole('button', { name: '切换到英文' }).click();
    await ready(page);
    await expect.poll(() => log.innerText(), WAIT).toContain('[Server]');
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
