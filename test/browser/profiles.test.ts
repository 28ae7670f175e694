import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { goTo, lookAround, openPanel, RUN, ready, saveShot, violations, WAIT } from '../fixtures/browser.ts';
import { foreignCommand, freePort } from '../fixtures/foreign.ts';
import { canLook, carrying } from '../fixtures/processes.ts';

let page: Page;
let close: (() => Promise<void>) | undefined;
let folder: string;
let port: number;
const problems: string[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headroom-theirs-'));
  port = await freePort();
  const opened = await openPanel(problems);
  ({ page, close } = opened);
  await page.goto(opened.url);
  await ready(page);
});

afterAll(async () => {
  await close?.();
  expect(canLook ? carrying(`FOREIGN_FOLDER=${folder}`) : []).toEqual([]);
  await rm(folder, { recursive: true, force: true });
});

const limits = () => page.getByRole('group', { name: 'LBS_GPU_MEMORY_LIMIT' });
const dialog = () => page.getByRole('dialog');
const field = (name: string) => dialog().getByRole('textbox', { name, exact: true });
const press = (name: string) => dialog().getByRole('button', { name, exact: true }).click(WAIT);
const backends = () => page.getByRole('region', { name: 'Backends' });
const backend = () => backends().getByRole('combobox', { name: 'Backend' });

describe('a backend that is not ours', () => {
  it('is asked for with a word at each field that is wrong', async () => {
    await goTo(page, '/settings/backends');
    await backends().getByRole('button', { name: 'Add a backend' }).click();
    await field('Command').fill('python "server.py');
    await field('Environment').fill('HF_HOME=/data\nnonsense');
    await field('Health URL').fill('http://192.168.0.1/');
    await press('Check');
    for (const words of [
      'Enter a name for the backend.',
      'A quote is not closed',
      'Enter the folder to run the command in.',
      'Line 2 is not NAME=value.',
      'The health URL must be http on this machine',
    ])
      await dialog().getByText(words, { exact: false }).waitFor(WAIT);
    expect(await lookAround(page, 'profile-problems')).toEqual([]);
  });

  it('is looked for on this machine by Check', async () => {
    await field('Name').fill('Their server');
    await field('Command').fill('no-such-program serve');
    await field('Folder').fill(folder);
    await field('Health URL').fill(`http://127.0.0.1:${port}/health`);
    await field('Environment').fill(`FOREIGN=family,holds\nFOREIGN_FOLDER=${folder}`);
    await press('Check');
    await dialog().getByText('There is no executable no-such-program on PATH').waitFor(WAIT);
    await field('Command').fill(foreignCommand(port).join(' '));
    await press('Check');
    await dialog().getByText('The program and the folder exist.').waitFor(WAIT);
    expect(await lookAround(page, 'profile-form')).toEqual([]);
  });

  it('runs in place of ours: watched and limited, without the forms of runs', async () => {
    await press('Save and use');
    await expect.poll(() => backend().locator('option:checked').textContent(), WAIT).toBe('Their server');
    await goTo(page, '/');
    await ready(page);
    await page.getByText('start its runs with its own tools').waitFor(WAIT);
    expect(await page.getByRole('button', { name: 'Run', exact: true }).count()).toBe(0);
    await page.getByRole('region', { name: 'Processes' }).getByText('backend', { exact: true }).waitFor(WAIT);
    await page.getByRole('region', { name: 'GPU 0', exact: true }).getByText('backend 40 MiB').waitFor(WAIT);
    expect(await lookAround(page, 'profile-running')).toEqual([]);
  });

  it('is restarted under a new limit by Apply', async () => {
    await goTo(page, '/settings/variables');
    await limits().getByRole('textbox', { name: 'Limit value' }).fill('0.5');
    await limits().getByRole('textbox', { name: 'Limit value' }).press('Enter');
    await limits().getByText('pending: no limit → 0.50').waitFor(WAIT);
    await page.getByRole('button', { name: 'Apply' }).click(WAIT);
    await limits().getByText('in force').waitFor(WAIT);
    await ready(page);
    const { env } = (await (await fetch(`http://127.0.0.1:${port}/`)).json()) as { env: Record<string, string> };
    expect(env.LBS_GPU_MEMORY_LIMIT).toBe('0.5');
  });

  it('is edited as it was written', async () => {
    await goTo(page, '/settings/backends');
    await backends().getByRole('button', { name: 'Edit this backend' }).click();
    await expect.poll(() => field('Environment').inputValue(), WAIT).toContain('FOREIGN=family,holds');
    expect(await field('Command').inputValue()).toBe(foreignCommand(port).join(' '));
    expect(await dialog().getByRole('button', { name: 'Remove' }).count()).toBe(0);
    await page.keyboard.press('Escape');
  });

  it('that cannot start says why, and ours comes back when it is chosen', async () => {
    await backends().getByRole('button', { name: 'Edit this backend' }).click();
    await field('Name').fill('Their broken server');
    await field('Environment').fill(`FOREIGN=usage\nFOREIGN_FOLDER=${folder}`);
    await press('Save and use');
    await goTo(page, '/');
    const failed = page.getByRole('region', { name: 'Failed' });
    await failed.getByText('The backend exited with code 2.').waitFor(WAIT);
    await saveShot(page, 'profile-failed-dark-1280');
    await goTo(page, '/settings/backends');
    await backend().selectOption({ label: 'Headroom’s own' });
    await ready(page);
    await goTo(page, '/');
    await page.getByRole('button', { name: 'Run', exact: true }).waitFor(WAIT);
  });

  it('is never put in the place of ours while a run is on, unless the person says so', async () => {
    await page.getByRole('button', { name: 'Run', exact: true }).click(WAIT);
    // Its progress is in the header.
    await page.getByRole('region', { name: 'Run in progress' }).waitFor(RUN);
    await goTo(page, '/settings/backends');
    await backend().selectOption({ label: 'Their broken server' });
    await backends().getByText('A run is queued or in progress: wait until it finishes').waitFor(WAIT);
    expect(await violations(page)).toEqual([]);
    await backend().scrollIntoViewIfNeeded();
    await saveShot(page, 'profile-busy-dark-1280');
    expect(await backend().locator('option:checked').textContent()).toBe('Headroom’s own');
    await backends().getByRole('button', { name: 'Switch now' }).click(WAIT);
    await page.getByRole('status', { name: 'Backend' }).filter({ hasText: 'Failed' }).waitFor(WAIT);
    await backend().selectOption({ label: 'Headroom’s own' });
    await ready(page);
    expect(problems).toEqual([]);
  });
});
