import { type ChildProcess, spawn } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { lookAround, openPanel, ready, WAIT } from '../fixtures/browser.ts';
import { makeHome, panelEnvironment, python, root } from '../fixtures/panel.ts';

let page: Page;
let close: (() => Promise<void>) | undefined;
let server: ChildProcess;
let home: string;
const problems: string[] = [];

beforeAll(async () => {
  home = await makeHome();
  server = spawn(python, ['server.py'], {
    cwd: join(root, 'python'),
    env: panelEnvironment(home, {
      LBS_PORT: '0',
      LBS_GPU_MEMORY_LIMIT: '0.4',
      LBS_EMULATED_GPUS: '256MiB',
    }),
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  await new Promise((resolve) => server.stderr?.once('data', resolve));
  const opened = await openPanel(problems);
  ({ page, close } = opened);
  await page.goto(opened.url);
});
afterAll(async () => {
  await close?.();
  server.kill('SIGKILL');
  await rm(home, { recursive: true, force: true, maxRetries: 5 });
});

const inForce = () => page.getByRole('note', { name: 'Settings in force' }).and(page.getByText(/^0\.40 ·/));
const banner = () => page.getByRole('region', { name: 'Backends started by hand' });
// By its pid: a suite beside this one may have started others.
const card = () => banner().getByRole('region', { name: `Process ${server.pid}`, exact: true });
/** Several are one line until they are shown. */
const showAll = async () => {
  await banner().waitFor(WAIT);
  const show = banner().getByRole('button', { name: 'Show', exact: true });
  if (await show.isVisible()) await show.click();
};

it('offers a backend that was started by hand, watches it, and takes it over after a question', async () => {
  await ready(page);
  await showAll();
  await card().waitFor(WAIT);
  await banner()
    .getByRole('button', { name: /^Dismiss/ })
    .click();
  await banner().waitFor({ ...WAIT, state: 'detached' });
  // It stays away for a page that opens later, and comes back on request.
  await page.reload();
  await ready(page);
  await page.getByRole('region', { name: 'Limits' }).getByRole('button').first().click();
  await page.getByRole('button', { name: /started by hand$/ }).click();
  await showAll();
  await card().waitFor(WAIT);
  expect(await lookAround(page, 'adoption')).toEqual([]);
  await card().getByRole('button', { name: 'Watch', exact: true }).click();
  await banner().getByText('Headroom does not restart it').waitFor(WAIT);
  await inForce().waitFor(WAIT);
  await card().getByRole('button', { name: 'Take over' }).click();
  const question = page.getByRole('dialog');
  await question.getByText('LBS_GPU_MEMORY_LIMIT').waitFor(WAIT);
  expect(await lookAround(page, 'adoption-question')).toEqual([]);
  const ended = new Promise((resolve) => server.once('exit', resolve));
  await question.getByRole('button', { name: 'Take over' }).click();
  await ended;
  await ready(page);
  await card().waitFor({ state: 'detached', timeout: 30_000 });
  await inForce().waitFor(WAIT);
  expect(problems).toEqual([]);
});
