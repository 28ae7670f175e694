import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { _electron, type ElectronApplication, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeHome, panelEnvironment, root } from '../fixtures/panel.ts';

const WAIT = { timeout: 60_000 };
const shots = join(root, 'test', 'screenshots');

let home: string;
let app: ElectronApplication;
let page: Page;

beforeAll(async () => {
  home = await makeHome();
  const { HEADROOM_TEST_ELECTRON_PATH: executablePath, HEADROOM_TEST_ELECTRON_APP: folder } = process.env;
  if (!executablePath || !folder) throw new Error('npm test names the Electron that is driven.');
  const old = process.env.HEADROOM_TEST_ELECTRON_OLD ? ['-r', join(root, 'test', 'desktop', 'shim.cjs')] : [];
  const env = panelEnvironment(home) as Record<string, string>;
  const args = ['--no-sandbox', '--lang=en-US', ...old, folder];
  [app, page] = await openWindow(() => _electron.launch({ executablePath, args, env, timeout: 60_000 }));
  await mkdir(shots, { recursive: true });
});

/** On a busy machine the driver sometimes misses the window of an old Electron: the tests begin once it has one. */
async function openWindow(launch: () => Promise<ElectronApplication>): Promise<[ElectronApplication, Page]> {
  for (let attempt = 1; ; attempt += 1) {
    const launched = await launch();
    const found = await Promise.race([sizedWindow(launched), sleep(40_000).then(() => null)]);
    if (found) return [launched, found];
    if (attempt === 3) throw new Error('No window of Electron could be driven in three attempts.');
    console.warn(`Attempt ${attempt} to drive a window of Electron failed; starting it again.`);
    // Its guardian terminates the backend; the next attempt takes the same data folder.
    launched.process().kill('SIGKILL');
    await sleep(5_000);
  }
}

const sizedWindow = async (launched: ElectronApplication): Promise<Page | null> => {
  try {
    const first = await launched.firstWindow({ timeout: 35_000 });
    await first.setViewportSize({ width: 1280, height: 800 });
    return first;
  } catch (error) {
    console.warn('The window could not be driven:', error);
    return null;
  }
};

afterAll(async () => {
  await app?.close();
  await rm(home, { recursive: true, force: true, maxRetries: 5 });
});

describe('a real Electron window', () => {
  it('opens on its own protocol, without Node in the page', async () => {
    await page
      .getByRole('status', { name: 'Backend' })
      .filter({ hasText: /Ready|Starting: / })
      .waitFor(WAIT);
    expect(page.url()).toMatch(/^headroom:\/\/app\/index\.html/);
    expect(await page.evaluate(() => typeof (globalThis as { require?: unknown }).require)).toBe('undefined');
    expect(await app.evaluate(({ app: main }) => main.getName())).toBe('Headroom');
  });

  it('shows live memory', async () => {
    const gpu = page.getByRole('region', { name: 'GPU 0', exact: true });
    await gpu.getByText('headroom of').waitFor(WAIT);
    await gpu.getByText('Emulated GPU 256 MiB').waitFor(WAIT);
  });

  it('finds the models in a process of its own', async () => {
    const model = page.getByLabel('Model', { exact: true });
    await model.getByText('models/tiny-llama (toy)').waitFor({ ...WAIT, state: 'attached' });
  });

  it('applies a limit', async () => {
    await page.getByRole('button', { name: 'Limits' }).click();
    const slider = page.getByRole('slider', { name: 'GPU memory limit' });
    await slider.focus();
    await slider.press('End');
    await page.getByRole('button', { name: 'Apply', exact: true }).click();
    await page.getByRole('note', { name: 'Settings in force' }).getByText('1.00').waitFor(WAIT);
    await page.screenshot({ path: join(shots, 'desktop.png') });
  });

  it('asks before it closes while a run is in progress, then takes the backend with it', async () => {
    // Longer than the questions that follow.
    await page.getByRole('button', { name: 'Parameters' }).click();
    await page.getByRole('textbox', { name: 'Context lengths' }).fill('2048, 3072, 4000');
    await page.getByRole('button', { name: 'Run', exact: true }).click(WAIT);
    await page.getByRole('region', { name: 'Run in progress' }).waitFor(WAIT);
    const question = page.getByRole('dialog');
    await app.evaluate(({ app: main }) => main.quit());
    await question.getByText('When should Headroom close?').waitFor(WAIT);
    await page.screenshot({ path: join(shots, 'closing.png') });
    expect(await page.locator(':focus').innerText()).toBe('Cancel');
    await page.keyboard.press('Escape');
    await question.waitFor({ ...WAIT, state: 'detached' });

    await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.close());
    await question.getByRole('button', { name: 'After this run' }).click(WAIT);
    const pending = page.getByRole('status', { name: 'After the current run' });
    await pending.getByText('Headroom closes').waitFor(WAIT);
    await pending.getByRole('button', { name: 'Undo' }).click();
    await pending.waitFor({ ...WAIT, state: 'detached' });

    const gone = new Promise((done) => app.process().once('exit', done));
    await app.evaluate(({ app: main }) => main.quit());
    await question.getByRole('button', { name: 'Stop the run now' }).click(WAIT);
    expect(await gone).toBe(0);
  });
});
