import { createServer, type Server } from 'node:net';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkIds } from '#contract';
import { goTo, lookAround, openPanel, RUN, ready, WAIT } from '../fixtures/browser.ts';

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

const list = () => page.getByRole('region', { name: 'Checks' });
const row = (name: string) => list().getByRole('listitem').filter({ hasText: name });
const port = () => (taken.address() as { port: number }).port;

describe('the checks', () => {
  it('have run by themselves; every row says in a word how it stands', async () => {
    await goTo(page, '/settings/checks');
    // The imports are known once the worker has started.
    await list().getByText(/as of/).waitFor(RUN);
    expect(await list().getByRole('listitem').count()).toBe(checkIds.length);
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
  });

  it('tell who holds a fixed port, say so in the lists, and choose another at one click', async () => {
    await goTo(page, '/settings/variables');
    await page.getByRole('textbox', { name: 'LBS_PORT' }).fill(String(port()));
    await page.getByRole('textbox', { name: 'LBS_PORT' }).press('Enter');
    await page.getByRole('link', { name: 'Checks' }).click();
    await list().getByRole('button', { name: 'Check again' }).click();
    await row('Port').getByRole('img', { name: 'failed' }).waitFor(WAIT);
    await row('Port').getByText(`(pid ${process.pid})`).first().waitFor(WAIT);
    expect(await lookAround(page, 'checks-failed')).toEqual([]);
    await page.getByRole('navigation', { name: 'Rooms' }).getByText('Checks: 1 failed').waitFor(WAIT);
    await page.getByRole('link', { name: 'Checks: 1 failed', exact: true }).click();
    await row('Port').getByRole('button', { name: 'Choose another port' }).click();
    await row('Port').getByText('The backend takes any free port.').waitFor(WAIT);
    await page.getByRole('link', { name: 'Checks', exact: true }).waitFor(WAIT);
    expect(problems).toEqual([]);
  });
});

describe('where there is no Python', () => {
  it('the trouble, the checks, the settings and the first run say so, with the command that mends it', async () => {
    const broken = await openPanel(problems, async () => ({ HEADROOM_PYTHON: '/nowhere/python' }));
    ({ page } = broken);
    try {
      await page.goto(broken.url);
      const trouble = page.getByRole('region', { name: 'Failed' });
      await trouble.getByText('There is no Python at /nowhere/python').waitFor(WAIT);
      await goTo(page, '/settings/checks');
      await page.getByRole('link', { name: /^Checks: \d failed/ }).waitFor(WAIT);
      await row('Python').getByText('unset HEADROOM_PYTHON; npm run setup --prefix').waitFor(WAIT);
      expect(await row('PyTorch').getByRole('img', { name: 'unknown' }).count()).toBe(1);
      expect(await lookAround(page, 'checks-no-python')).toEqual([]);
      await goTo(page, '/settings/python');
      await page.getByText('HEADROOM_PYTHON names /nowhere/python').waitFor(WAIT);
      await goTo(page, '/');
      await page.getByRole('region', { name: 'Getting ready' }).getByText('/nowhere/python').waitFor(WAIT);
    } finally {
      await broken.close();
    }
  });
});
