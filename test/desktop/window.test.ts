import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
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
  app = await _electron.launch({ executablePath, args: ['--no-sandbox', '--lang=en-US', ...old, folder], env });
  page = await app.firstWindow();
  await page.setViewportSize({ width: 1280, height: 800 });
  await mkdir(shots, { recursive: true });
});

afterAll(async () => {
  await app?.close();
  await rm(home, { recursive: true, force: true, maxRetries: 5 });
});

describe('a real Electron window', () => {
  it('opens on its own protocol, without Node in the page', async () => {
    await page.getByRole('status', { name: 'Backend' }).filter({ hasText: 'Ready' }).waitFor(WAIT);
    expect(page.url()).toBe('headroom://app/index.html');
    expect(await page.evaluate(() => typeof (globalThis as { require?: unknown }).require)).toBe('undefined');
    expect(await app.evaluate(({ app: main }) => main.getName())).toBe('Headroom');
  });

  it('shows live memory', async () => {
    const gpu = page.getByRole('region', { name: 'GPU 0', exact: true });
    await gpu.getByText('headroom of').waitFor(WAIT);
    await gpu.getByText('Emulated GPU 256 MiB').waitFor(WAIT);
  });

  it('applies a limit', async () => {
    const slider = page.getByRole('slider', { name: 'GPU memory limit' });
    await slider.focus();
    await slider.press('End');
    await page.getByRole('button', { name: 'Apply' }).click();
    await page.getByText('limit 1.00 in force').waitFor(WAIT);
    await page.screenshot({ path: join(shots, 'desktop.png') });
  });

  it('closes cleanly and takes the backend with it', async () => {
    const text = await page.getByRole('region', { name: 'Log' }).innerText();
    expect(text).toContain('Log');
    const gone = new Promise((done) => app.process().once('exit', done));
    await app.evaluate(({ app: main }) => main.quit());
    expect(await gone).toBe(0);
  });
});
