import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lookAround, openPanel, RUN, ready, saveShot, WAIT } from '../fixtures/browser.ts';
import { python } from '../fixtures/panel.ts';

let page: Page;
let close: (() => Promise<void>) | undefined;
let theirs: ChildProcess | undefined;
const problems: string[] = [];

const scenario = {
  driver_share: 0.01,
  others: [{ pid: 5_001_877, name: '/usr/lib/xorg/Xorg', share: 0.02 }],
};

/** A job of the person's own on the emulated card, and a display server that shows up in nvidia-smi's list. */
async function prepare(home: string): Promise<Record<string, string>> {
  theirs = spawn(python, ['-c', 'import time; time.sleep(300)', 'train.py'], { stdio: 'ignore' });
  await new Promise((resolve) => theirs?.once('spawn', resolve));
  const stat = await readFile(`/proc/${theirs.pid}/stat`, 'utf8');
  const start_time = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]);
  const held = join(home, 'emulator', 'held');
  await mkdir(held, { recursive: true });
  const told = { pid: theirs.pid, start_time, name: 'python train.py', gpus: { 0: 40 * 2 ** 20 } };
  await writeFile(join(held, '.new'), JSON.stringify(told));
  await rename(join(held, '.new'), join(held, `${theirs.pid}.json`));
  const file = join(home, 'scenario.yaml');
  await writeFile(file, JSON.stringify(scenario));
  return { HEADROOM_SCENARIO: file };
}

beforeAll(async () => {
  const opened = await openPanel(problems, prepare);
  ({ page, close } = opened);
  await page.goto(`${opened.url}&needle.lengths=512&needle.repeats=1`);
  await ready(page);
});

afterAll(async () => {
  theirs?.kill('SIGKILL');
  await close?.();
});

const panel = () => page.getByRole('region', { name: 'Clear and restart' });
const processes = () => page.getByRole('region', { name: 'Processes' });
const endTheirs = () => processes().getByRole('button', { name: `End python train.py, pid ${theirs?.pid}` });

describe.runIf(process.platform === 'linux')('clearing', () => {
  it('shows the duration of each step, and the memory freed per process', async () => {
    // A run, so that the worker has a CUDA context.
    await page.getByRole('button', { name: 'Run', exact: true }).click(WAIT);
    await page.getByRole('status', { name: 'Announcements' }).getByText('completed.').waitFor(RUN);
    await processes().getByText('python -m lbs.worker').waitFor(WAIT);
    await page.getByRole('button', { name: 'Limits' }).click();
    await page.getByRole('textbox', { name: 'Limit value' }).fill('0.7');
    await page.getByRole('textbox', { name: 'Limit value' }).press('Enter');
    await page.getByRole('button', { name: 'Clear and restart' }).click();
    await panel().getByText('Waiting for the memory to be freed').waitFor(WAIT);
    await saveShot(page, 'clearing-on');
    await panel()
      .getByText(/MiB freed$/)
      .waitFor(WAIT);
    await ready(page);
    await page.getByRole('note', { name: 'Settings in force' }).getByText('0.70').waitFor(WAIT);
    await panel().getByText('no limit → 0.70').waitFor(WAIT);
    const worker = panel().getByRole('row').filter({ hasText: 'lbs.worker' });
    expect(await worker.innerText()).toMatch(/12 MiB\s+0 MiB\s+12 MiB/);
    expect(await panel().getByRole('listitem').allInnerTexts()).toHaveLength(5);
    expect(await lookAround(page, 'cleared')).toEqual([]);
    await panel().getByRole('button', { name: 'Close the results' }).click();
    expect(await panel().count()).toBe(0);
  });

  it('names protected processes, and ends one of the user’s own after a confirmation', async () => {
    const screen = processes().getByRole('row').filter({ hasText: 'Xorg' });
    expect(await screen.getByRole('button', { name: /^End/ }).count()).toBe(0);
    await screen.getByText('display server').waitFor(WAIT);
    expect(
      await processes()
        .getByRole('row')
        .filter({ hasText: 'lbs.worker' })
        .getByRole('button', { name: /^End/ })
        .count(),
    ).toBe(0);
    await endTheirs().click();
    const question = page.getByRole('dialog');
    await question.getByText('40 MiB').waitFor(WAIT);
    expect(await lookAround(page, 'end-process')).toEqual([]);
    await question.getByRole('button', { name: 'Cancel' }).click();
    expect(theirs?.exitCode ?? theirs?.signalCode).toBeNull();
    await endTheirs().click();
    await question.getByRole('button', { name: 'End process' }).click();
    await expect.poll(() => theirs?.signalCode, WAIT).toBe('SIGTERM');
    await expect.poll(() => endTheirs().count(), WAIT).toBe(0);
    expect(problems).toEqual([]);
  });
});
