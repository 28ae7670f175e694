import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { bundle } from '#bundle';
import { createScanner, forkScan, type Scan } from './scanner.ts';

let folder: string;
let script: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headroom-scanner-'));
  script = await bundle(join(import.meta.dirname, 'scan-process.ts'), join(folder, 'built'));
  await mkdir(join(folder, 'zoo', 'm'), { recursive: true });
  await writeFile(join(folder, 'zoo', 'm', 'config.json'), '{}');
});
afterAll(() => rm(folder, { recursive: true }));

/** The search of a real process; `stopped`: it is stopped at once, as by a disk that does not answer. */
function search(path: string, stopped: boolean) {
  const scans: Scan[] = [];
  const pids: number[] = [];
  const start = () => {
    const child = forkScan(script);
    pids.push(child.pid ?? 0);
    if (stopped) process.kill(child.pid ?? 0, 'SIGSTOP');
    return child;
  };
  const end = createScanner({ start, silentMs: stopped ? 100 : 30_000 })(path, (scan) => scans.push(scan));
  return { scans, pids, end };
}

const isAlive = (pid = 0) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

it('finds models in a process of its own, which then ends', async () => {
  const { scans, pids } = search(join(folder, 'zoo'), false);
  await vi.waitFor(() => expect(scans.at(-1)?.state).toBe('done'), 20_000);
  expect(scans.at(-1)?.models).toMatchObject([{ name: 'zoo/m' }]);
  const missing = search(join(folder, 'none'), false);
  await vi.waitFor(() => expect(missing.scans).toMatchObject([{ state: 'failed', code: 'not_found' }]), 20_000);
  await vi.waitFor(() => expect([...pids, ...missing.pids].filter(isAlive)).toEqual([]), 20_000);
});

it.runIf(process.platform !== 'win32')('gives up on one that hangs, and leaves nothing of it', async () => {
  const { scans, pids, end } = search(join(folder, 'zoo'), true);
  await vi.waitFor(
    () => expect(scans).toMatchObject([{ state: 'silent', sentence: { code: 'models.silent' } }]),
    20_000,
  );
  end();
  await vi.waitFor(() => expect(isAlive(pids[0])).toBe(false), 20_000);
});
