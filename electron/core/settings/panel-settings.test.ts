import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { SettingsState } from '#contract';
import { createPanelSettings } from './panel-settings.ts';
import { createSettingsStore } from './settings-store.ts';

let folder: string;
let shown: SettingsState[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headroom-panel-settings-'));
  shown = [];
});
afterEach(() => rm(folder, { recursive: true }));

async function open(env: Record<string, string> = {}, ownBackend = true) {
  const store = await createSettingsStore({ file: join(folder, 'settings.json'), env });
  return createPanelSettings({
    store,
    overrides: store.overrides,
    running: () => null,
    ownBackend: () => ownBackend,
    onChange: (state) => shown.push(state),
  });
}

it('asks once before an address beyond this machine, and again before another one', async () => {
  const settings = await open();
  expect(settings.state().exposedHost).toBeNull();
  settings.requireAllowedHost();
  await settings.change({ LBS_HOST: '0.0.0.0' });
  expect(shown.at(-1)?.exposedHost).toBe('0.0.0.0');
  expect(settings.requireAllowedHost).toThrow('LBS_HOST=0.0.0.0 lets other machines reach the backend');
  await settings.allowHost('0.0.0.0');
  expect(shown.at(-1)?.exposedHost).toBeNull();
  settings.requireAllowedHost();
  expect((await open()).exposedHost()).toBeNull();
  await settings.change({ LBS_GPU_MEMORY_LIMIT: 0.5 });
  expect(settings.exposedHost()).toBeNull();
  await settings.change({ LBS_HOST: '::' });
  expect(settings.exposedHost()).toBe('::');
  await settings.change({ LBS_HOST: '127.0.0.1' });
  await settings.change({ LBS_HOST: '0.0.0.0' });
  expect(settings.exposedHost()).toBe('0.0.0.0');
});

it('asks for one of its own environment too, but not for what a profile’s program does', async () => {
  expect((await open({ LBS_HOST: 'workstation' })).exposedHost()).toBe('workstation');
  expect((await open({ LBS_HOST: 'workstation' }, false)).exposedHost()).toBeNull();
});
