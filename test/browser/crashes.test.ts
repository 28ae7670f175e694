import { readdir, readFile, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lightBackend } from '../faults/faults.ts';
import { goTo, lookAround, openPanel, openRoom, ready, saveShot, WAIT } from '../fixtures/browser.ts';

let page: Page;
let close: (() => Promise<void>) | undefined;
let home: string;
const problems: string[] = [];

beforeAll(async () => {
  const opened = await openPanel(problems, async (folder) => {
    home = folder;
    return lightBackend(folder);
  });
  ({ page, close } = opened);
  await page.goto(opened.url);
  await ready(page);
});

afterAll(() => close?.());

const trouble = () => page.getByRole('region', { name: 'Crashed, retrying' });
const reports = () =>
  page.getByRole('listitem').filter({ has: page.getByRole('button', { name: 'Delete', exact: true }) });

/** The backend of this panel, by the file in which it tells its port. */
async function killBackend(): Promise<void> {
  const [file] = (await readdir(join(home, 'run'))).filter((name) => name.endsWith('.json'));
  const { pid } = JSON.parse(await readFile(join(home, 'run', file ?? ''), 'utf8')) as { pid: number };
  process.kill(pid, 'SIGKILL');
}

describe('a crash of the backend', () => {
  it('is told in words, with the one thing to do, and the way to its report', async () => {
    await killBackend();
    await trouble().getByText('The backend was killed (SIGKILL).').waitFor(WAIT);
    await trouble().getByText('Try again. If it happens again').waitFor(WAIT);
    await saveShot(page, 'trouble-dark-1280');
    await trouble().getByRole('link', { name: 'Crash reports' }).click();
    await reports().getByText('The backend was killed (SIGKILL).').waitFor(WAIT);
  });

  it('that comes again says how often; the report opens, in a file too, and a damaged one is told as such', async () => {
    await ready(page);
    await killBackend();
    await page.getByRole('status', { name: 'Backend' }).filter({ hasText: 'Crashed' }).waitFor(WAIT);
    await ready(page);
    await writeFile(join(home, 'incidents', '2020-01-01T00-00-00-000Z-crash.json'), '{"kind": "cra');
    await goTo(page, '/');
    await openRoom(page, 'Inbox');
    await page.getByRole('main').getByText('2 times in the last hour').waitFor(WAIT);
    await page.getByRole('main').getByText('damaged and cannot be read').waitFor(WAIT);
    await reports()
      .first()
      .getByRole('button', { name: /was killed/ })
      .click();
    await page.getByRole('main').getByText('lines of its output').waitFor(WAIT);
    await page.getByRole('main').getByText('GPU 0: up to').waitFor(WAIT);
    expect(await lookAround(page, 'crashes')).toEqual([]);

    await reports().first().getByRole('button', { name: 'Export' }).click();
    const preview = page.getByRole('dialog', { name: 'Save this file?' });
    await preview.getByText('Check it before you share the file.').waitFor(WAIT);
    expect(await lookAround(page, 'save-preview')).toEqual([]);
    const [download] = await Promise.all([
      page.waitForEvent('download', WAIT),
      preview.getByRole('button', { name: 'Save', exact: true }).click(),
    ]);
    expect(download.suggestedFilename()).toMatch(/^headroom-.*-crash\.json$/);
    const text = await readFile(await download.path(), 'utf8');
    expect(JSON.parse(text)).toMatchObject({ kind: 'crash', lastHour: 2, reason: { signal: 'SIGKILL' } });
    expect(text).not.toContain(`${homedir()}/`);

    await reports().last().getByRole('button', { name: 'Delete', exact: true }).click();
    await page
      .getByRole('main')
      .getByText('damaged and cannot be read')
      .waitFor({ ...WAIT, state: 'detached' });
    expect(await reports().count()).toBe(2);
    expect(problems).toEqual([]);
  });
});
