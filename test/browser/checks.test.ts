import { createServer, type Server } from 'node:net';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkIds } from '#contract';
import { lookAround, openPanel, RUN, ready, WAIT } from '../fixtures/browser.ts';

let page: Page;
let close: (() => Promise<void>) | undefined;
let taken: Server;
const problems: string[] = [];

beforeAll(async () => {
  taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
  const opened = await openPanel(problems);
  ({ page, close } = opened);
  await page.goto(opened.url);
  await ready(page);
});

afterAll(async () => {
  taken.close();
  await close?.();
});

const dialog = () => page.getByRole('dialog', { name: 'Checks' });
const row = (name: string) => dialog().getByRole('listitem').filter({ hasText: name });
const port = () => (taken.address() as { port: number }).port;

describe('the checks', () => {
  it('have run by themselves; every row says in a word how it stands', async () => {
    await page.getByRole('button', { name: 'Checks' }).click();
    // The imports are known once the worker has started.
    await dialog().getByText(/as of/).waitFor(RUN);
    expect(await dialog().getByRole('listitem').count()).toBe(checkIds.length);
    await row('NVIDIA driver').getByText('The GPUs are emulated').waitFor(WAIT);
    for (const name of [
      'Python',
      'Packages',
      'PyTorch',
      'Transformers',
      'Imports',
      'Port',
      'Disk space',
      'Results database',
      'Leftover processes',
    ])
      await row(name).getByRole('img', { name: 'OK' }).first().waitFor(WAIT);
    expect(await lookAround(page, 'checks')).toEqual([]);
    await page.keyboard.press('Escape');
  });

  it('tell who holds a fixed port, show a dot, and choose another at one click', async () => {
    await page.getByRole('button', { name: 'All variables' }).click();
    await page.getByRole('textbox', { name: 'LBS_PORT' }).fill(String(port()));
    await page.getByRole('textbox', { name: 'LBS_PORT' }).press('Enter');
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Checks' }).click();
    await dialog().getByRole('button', { name: 'Check again' }).click();
    await row('Port').getByRole('img', { name: 'failed' }).waitFor(WAIT);
    await row('Port').getByText(`(pid ${process.pid})`).first().waitFor(WAIT);
    expect(await lookAround(page, 'checks-failed')).toEqual([]);
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Checks: 1 failed' }).click();
    await row('Port').getByRole('button', { name: 'Choose another port' }).click();
    await row('Port').getByText('The backend takes any free port.').waitFor(WAIT);
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Checks', exact: true }).waitFor(WAIT);
    expect(problems).toEqual([]);
  });
});

describe('where there is no Python', () => {
  it('the trouble, its report and the checks say so, with the command that mends it', async () => {
    const broken = await openPanel(problems, async () => ({ HEADROOM_PYTHON: '/nowhere/python' }));
    ({ page } = broken);
    try {
      await page.goto(broken.url);
      const trouble = page.getByRole('region', { name: 'Failed' });
      await trouble.getByText('There is no Python at /nowhere/python').waitFor(WAIT);
      await page.getByRole('button', { name: /^Checks: \d failed/ }).click(WAIT);
      await row('Python').getByText('unset HEADROOM_PYTHON; npm run setup --prefix').waitFor(WAIT);
      expect(await row('PyTorch').getByRole('img', { name: 'unknown' }).count()).toBe(1);
      expect(await lookAround(page, 'checks-no-python')).toEqual([]);
      await page.keyboard.press('Escape');
      await trouble.getByRole('button', { name: 'Crash reports' }).click();
      await page.getByRole('dialog').getByText('There is no Python at /nowhere/python').waitFor(WAIT);
    } finally {
      await broken.close();
    }
  });
});
