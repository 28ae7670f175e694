import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ended } from '../fixtures/headroom.ts';
import { panelEnvironment, root } from '../fixtures/panel.ts';

it('the installed app answers `top` in a terminal, without a window and without taking the data folder', async () => {
  const home = await mkdtemp(join(tmpdir(), 'headroom-words-'));
  const { HEADROOM_TEST_ELECTRON_PATH: electron, HEADROOM_TEST_ELECTRON_APP: app } = process.env;
  if (!electron || !app) throw new Error('npm test names the Electron that is driven.');
  const old = process.env.HEADROOM_TEST_ELECTRON_OLD ? ['-r', join(root, 'test', 'desktop', 'shim.cjs')] : [];
  const { code, out } = await ended(
    electron,
    ['--no-sandbox', ...old, app, 'top', '--once', '--json'],
    panelEnvironment(home),
  );
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({ source: 'emulator', gpus: [{ index: 0, state: 'ok' }] });
  await rm(home, { recursive: true, force: true });
});
