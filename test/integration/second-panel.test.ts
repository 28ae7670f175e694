import { spawnSync } from 'node:child_process';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { lightBackend } from '../faults/faults.ts';
import { panelEnvironment, root, startPanel } from '../fixtures/panel.ts';

it('a second panel on the same data folder opens the first one, and starts nothing', async () => {
  const home = await mkdtemp(join(tmpdir(), 'headroom-second-'));
  const first = await startPanel(home, await lightBackend(home));
  try {
    const second = spawnSync(process.execPath, [join(root, 'out', 'main', 'serve.js'), '--no-open'], {
      env: panelEnvironment(first.home),
      encoding: 'utf8',
      timeout: 60_000,
    });
    expect(second).toMatchObject({ status: 0, stderr: '' });
    expect(second.stdout).toContain(`process ${first.process.pid}`);
    expect(second.stdout.trim().split('\n').at(-1)).toBe(first.url);
  } finally {
    await first.close();
  }
});
