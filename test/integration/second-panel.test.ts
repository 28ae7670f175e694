import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { makeHome, panelEnvironment, root, startPanel } from '../fixtures/panel.ts';

it('a second panel on the same data folder opens the first one, and starts nothing', async () => {
  const first = await startPanel(await makeHome());
  try {
    const second = spawnSync(process.execPath, [join(root, 'out', 'main', 'serve.js'), '--no-open'], {
      env: panelEnvironment(first.home),
      encoding: 'utf8',
      timeout: 20_000,
    });
    expect(second).toMatchObject({ status: 0, stderr: '' });
    expect(second.stdout).toContain(`process ${first.process.pid}`);
    expect(second.stdout.trim().split('\n').at(-1)).toBe(first.url);
  } finally {
    await first.close();
  }
});
