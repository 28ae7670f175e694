import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { lookAround, openPanel, saveShot, WAIT } from '../fixtures/browser.ts';
import { noisyBackend } from '../fixtures/noisy.ts';

let page: Page;
let close: (() => Promise<void>) | undefined;
const problems: string[] = [];

const terminalAt = (url: string) => `${url}&view=terminal#/log`;

beforeAll(async () => {
  const opened = await openPanel(problems, (home) => noisyBackend(home, 'colours'));
  ({ page, close } = opened);
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.goto(terminalAt(opened.url));
});

afterAll(() => close?.());

const log = () => page.getByRole('region', { name: 'Log' });
const field = () => log().getByRole('textbox', { name: 'Search the log' });
const button = (name: string | RegExp) => log().getByRole('button', { name });
const clipboard = async () => String(await page.evaluate('navigator.clipboard.readText()'));
/** The core removes secrets first: the text arrives a moment after the click. */
const copied = async () => {
  await page.evaluate("navigator.clipboard.writeText('before')");
  await button(/^Copy the selection/).click();
  return vi.waitFor(
    async () => {
      const text = await clipboard();
      expect(text).not.toBe('before');
      return text;
    },
    { timeout: 30_000, interval: 50 },
  );
};

describe('the log', () => {
  it('shows colours and the last state of a progress bar, in both themes', async () => {
    await log().getByText('done').first().waitFor(WAIT);
    const text = await copied();
    expect(text).toContain("Headroom's backend says hello");
    expect(text.match(/%\|/g)).toHaveLength(1);
    expect(text).toContain('100%|█');
    await log().scrollIntoViewIfNeeded();
    expect(await lookAround(page, 'log')).toEqual([]);
  });

  it('keeps escape sequences from the title and the clipboard', async () => {
    expect(await page.title()).toBe('Headroom');
    expect(await copied()).not.toContain('Y29w');
  });

  it('finds matches, counts them, and moves between them by keyboard', async () => {
    await log()
      .locator('.xterm-screen')
      .click({ position: { x: 300, y: 10 } });
    await page.keyboard.press('Control+f');
    await log().locator('input:focus').waitFor(WAIT);
    await page.keyboard.type('shard');
    await log().getByText('3/3').waitFor(WAIT);
    await page.keyboard.press('Enter');
    await log().getByText('2/3').waitFor(WAIT);
    await page.keyboard.press('Shift+Enter');
    await log().getByText('3/3').waitFor(WAIT);
    await saveShot(page, 'log-search');
    await page.keyboard.press('Escape');
    expect(await field().inputValue()).toBe('');
  });

  it('stops following after scrolling up, until Follow is pressed', async () => {
    // The output is longer than the view.
    await page.setViewportSize({ width: 1280, height: 300 });
    await log()
      .locator('.xterm-screen')
      .click({ position: { x: 300, y: 10 } });
    await page.keyboard.press('Home');
    await button('Follow').waitFor(WAIT);
    await saveShot(page, 'log-follow');
    await button('Follow').click();
    await button('Follow').waitFor({ ...WAIT, state: 'detached' });
    await page.setViewportSize({ width: 1280, height: 800 });
  });

  it('is left with Shift+Tab', async () => {
    await log()
      .locator('.xterm-screen')
      .click({ position: { x: 300, y: 10 } });
    await page.keyboard.press('Shift+Tab');
    await log().locator('button:focus').waitFor(WAIT);
  });

  it('asks before it opens a link, and shows its full address', async () => {
    const link = log().getByText('the manual').first();
    await link.hover({ force: true });
    await link.click({ force: true });
    const question = page.getByRole('dialog', { name: 'Open this link?' });
    await question.getByText('https://example.org/a/b?c=d', { exact: true }).waitFor(WAIT);
    await saveShot(page, 'log-link');
    await question.getByRole('button', { name: 'Cancel' }).click();
    await question.waitFor({ ...WAIT, state: 'detached' });
    expect(page.context().pages()).toHaveLength(1);
  });

  it('shows the same as lines, with time and level, and finds those that contain a text', async () => {
    await page.getByText('Lines', { exact: true }).click();
    const lines = log().getByRole('region', { name: 'Lines' });
    await lines.getByText('100%|█').waitFor(WAIT);
    expect(await lines.getByText('%|').count()).toBe(1);
    await log().getByRole('textbox', { name: 'Filter the lines' }).fill('HELLO');
    await lines.getByText('100%|█').waitFor({ ...WAIT, state: 'detached' });
    expect(await lines.locator('time').count()).toBe(await lines.getByText('hello').count());
    await log().getByRole('textbox', { name: 'Filter the lines' }).fill('nowhere');
    await log().getByText('No line matches.').waitFor(WAIT);
    await log().getByRole('textbox', { name: 'Filter the lines' }).fill('');
    expect(await lookAround(page, 'log-lines')).toEqual([]);
    await page.getByText('Terminal', { exact: true }).click();
    await log().getByText('done').first().waitFor(WAIT);
  });

  it('is cleared in the view only', async () => {
    await button(/^Clear this view/).click();
    expect(await copied()).not.toContain('hello');
    await page.reload();
    await log().getByText('done').first().waitFor(WAIT);
    expect(problems).toEqual([]);
  });
});

describe('a flood', () => {
  it('ends with the newest lines, shows how much was skipped, and keeps the page responsive', async () => {
    const opened = await openPanel(problems, (home) => noisyBackend(home, '400'));
    try {
      const region = opened.page.getByRole('region', { name: 'Log' });
      await opened.page.goto(terminalAt(opened.url));
      // The tag in the heading; the text itself says so too.
      const skipped = region.getByText(/^about \d+\.\d MiB skipped$/);
      await skipped.waitFor(WAIT);
      // The page responds to a click during the flood.
      await opened.page.getByRole('button', { name: /^Search/ }).click();
      const palette = opened.page.getByRole('dialog');
      await palette.waitFor(WAIT);
      await opened.page.keyboard.press('Escape');
      await palette.waitFor({ state: 'hidden', timeout: 30_000 });
      await region
        .getByText(/the last line, after \d+ lines/)
        .first()
        .waitFor({ timeout: 240_000 });
      await region.scrollIntoViewIfNeeded();
      await skipped.hover();
      await region.getByRole('tooltip', { name: /keeps the latest 50 MiB/ }).waitFor(WAIT);
      await saveShot(opened.page, 'log-flood');
      expect(problems).toEqual([]);
    } finally {
      await opened.close();
    }
  }, 400_000);
});
