import { readdir, readFile, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Recording, readRecording } from '#contract';
import { lightBackend } from '../faults/faults.ts';
import { ANSWERS, lookAround, openPanel, openRoom, ready, saveShot, WAIT } from '../fixtures/browser.ts';

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

const status = () => page.getByRole('status', { name: 'Backend' });
const button = (name: string) => page.getByRole('button', { name, exact: true });
const inbox = () => page.getByRole('region', { name: 'Inbox' });
const recordings = async () => {
  await openRoom(page, 'Inbox');
  await page.getByText('Recordings', { exact: true }).click();
};
const bar = () => page.getByRole('region', { name: 'Recording' });
const position = () => page.getByRole('slider', { name: 'Position' });
const files = async () => (await readdir(join(home, 'recordings'))).map((name) => join(home, 'recordings', name));
const readFirst = async () => {
  const [file = ''] = await files();
  return readRecording(new Blob([new Uint8Array(await readFile(file))]));
};

/** What a file manager brings; in words, because the page's own types are not known here. */
const carried = (name: string, base64: string) => `(() => {
  const data = new DataTransfer();
  const bytes = Uint8Array.from(atob('${base64}'), (char) => char.charCodeAt(0));
  data.items.add(new File([bytes], '${name}'));
  return data;
})()`;
const drop = async (name: string, bytes: Buffer) => {
  const dataTransfer = await page.evaluateHandle(carried(name, bytes.toString('base64')));
  await page.dispatchEvent('body', 'dragenter', { dataTransfer });
  await page.getByText('Drop a recording to open it').waitFor(WAIT);
  await page.dispatchEvent('body', 'drop', { dataTransfer });
};
const phasesIn = ({ state }: Recording) =>
  (state.get('backend') ?? []).map(({ value }) => (value as { phase: string }).phase);
const scrubTo = (time: number) => position().fill(String(time));

describe('a recording', () => {
  it('is made with a click, while what happens goes on, and names nobody', async () => {
    await openRoom(page, 'Inbox');
    await button('Record').click();
    await button('Stop recording').waitFor(WAIT);
    await vi.waitFor(async () => expect((await readFirst()).ticks.length).toBeGreaterThan(3), WAIT);
    await saveShot(page, 'recording-on-dark-1280');
    await button('Stop').click();
    await vi.waitFor(async () => expect(phasesIn(await readFirst())).toContain('stopped'), WAIT);
    await button('Start').click();
    await ready(page);
    await button('Stop recording').click();
    await page.getByText(/^Recorded: .*headroom\.gz/).waitFor(WAIT);
    const read = await readFirst();
    expect(read.truncated).toBe(false);
    expect([phasesIn(read)[0], phasesIn(read).at(-1)]).toEqual(['ready', 'ready']);
    expect(JSON.stringify([...read.state])).not.toContain(`${homedir()}/`);
    const [file = ''] = await files();
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  it('is opened from the list, and shows the page as it was then', async () => {
    await recordings();
    await inbox().getByRole('listitem').waitFor(WAIT);
    expect(await lookAround(page, 'recordings')).toEqual([]);
    await inbox().getByRole('button', { name: 'Open', exact: true }).click();
    await bar().waitFor(WAIT);
    await status().filter({ hasText: ANSWERS }).waitFor(WAIT);
    const read = await readFirst();
    const stopped = read.state.get('backend')?.find(({ value }) => (value as { phase: string }).phase === 'stopped');
    await scrubTo(stopped?.at ?? 0);
    await status().filter({ hasText: 'Stopped' }).waitFor(WAIT);
    expect(await position().getAttribute('aria-valuetext')).toMatch(/\d\d:\d\d:\d\d/);
    expect(await lookAround(page, 'replay')).toEqual([]);
    await scrubTo(read.to);
    await status().filter({ hasText: ANSWERS }).waitFor(WAIT);
    await scrubTo(read.from);
    await button('Play').click();
    await button('Pause').waitFor(WAIT);
    await page.getByText('60×').click();
    await button('Play').waitFor(WAIT);
    expect(await position().inputValue()).toBe(String(read.to));
  });

  it('offers nothing that acts in any room, and leaves what lives alone', async () => {
    for (const room of ['Overview', 'Runs', 'Log', 'Inbox', 'Settings']) {
      await openRoom(page, room);
      for (const name of ['Stop', 'Start', 'Clear and restart', 'Run', 'Apply', 'Record'])
        expect(await button(name).count(), `${name} in ${room}`).toBe(0);
    }
    await button('Close recording').click();
    await bar().waitFor({ ...WAIT, state: 'detached' });
    await ready(page);
    await openRoom(page, 'Inbox');
    await button('Record').waitFor(WAIT);
  });

  it('of somebody else is opened from a file, dropped or chosen; a damaged one is told as such', async () => {
    const [file = ''] = await files();
    await recordings();
    const [chooser] = await Promise.all([page.waitForEvent('filechooser', WAIT), button('Open file…').click()]);
    await chooser.setFiles({ name: 'notes.gz', mimeType: 'application/gzip', buffer: Buffer.from('no gzip') });
    await inbox().getByText('not a Headroom recording').waitFor(WAIT);
    await page.keyboard.press('Escape');
    await drop('theirs.headroom.gz', await readFile(file));
    await bar().getByText('theirs.headroom.gz').waitFor(WAIT);
    await button('Close recording').click();
  });

  it('that is torn, damaged or a bomb never harms the page', async () => {
    const [file = ''] = await files();
    const whole = await readFile(file);
    await drop('torn.headroom.gz', whole.subarray(0, -20));
    await bar().getByText('incomplete at the end').waitFor(WAIT);
    await status().filter({ hasText: ANSWERS }).waitFor(WAIT);
    await button('Close recording').click();

    const damaged = Buffer.from(whole);
    damaged.fill(0xff, damaged.length - 200, damaged.length - 100);
    await drop('damaged.headroom.gz', damaged);
    await page
      .getByRole('alert')
      .getByText(/of this recording is damaged|damaged after line/)
      .waitFor(WAIT);
    await drop('bomb.headroom.gz', gzipSync(Buffer.alloc(400 * 2 ** 20, 'x')));
    await page.getByRole('alert').getByText('Line 1 of this recording is longer than 4 MiB').waitFor(WAIT);
    expect(await bar().count()).toBe(0);
    await ready(page);
  });

  it('is downloaded as it lies on disk, and deleted after a question', async () => {
    const [file = ''] = await files();
    await recordings();
    await inbox().getByRole('button', { name: 'Save as…' }).click();
    const preview = page.getByRole('dialog', { name: 'Save this file?' });
    await preview.getByText('Check it before you share the file.').waitFor(WAIT);
    const [download] = await Promise.all([
      page.waitForEvent('download', WAIT),
      preview.getByRole('button', { name: 'Save', exact: true }).click(),
    ]);
    expect((await readFile(await download.path())).equals(await readFile(file))).toBe(true);
    await inbox().getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('dialog', { name: 'Delete this recording?' }).getByRole('button', { name: 'Delete' }).click();
    await inbox().getByText('No recordings yet').waitFor(WAIT);
    expect(await files()).toEqual([]);
    await page.keyboard.press('Escape');
    expect(problems).toEqual([]);
  });
});
