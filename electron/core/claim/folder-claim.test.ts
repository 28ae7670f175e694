import { fork } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { claimFolder } from './folder-claim.ts';

let folder: string;
let runtime: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headroom-claim-'));
  runtime = await mkdtemp(join(tmpdir(), 'headroom-runtime-'));
});
afterEach(async () => {
  for (const one of [folder, runtime]) await rm(one, { recursive: true, force: true });
});

const claim = (shell: 'serve' | 'desktop' = 'serve', startMs = 0) =>
  claimFolder({ folder, platform: process.platform, env: { XDG_RUNTIME_DIR: runtime }, shell, startMs });

it('the first panel holds the folder, the second gets its pid and address', async () => {
  const first = await claim();
  expect(await claim('serve')).toMatchObject({ holder: { pid: process.pid, url: null } });
  first.claim?.publish('http://127.0.0.1:1/?token=a');
  const holder = { pid: process.pid, url: 'http://127.0.0.1:1/?token=a', shell: 'serve' };
  expect(await claim()).toEqual({ claim: null, holder });
  await first.claim?.release();
  const again = await claim();
  expect(again.holder).toBeNull();
  await again.claim?.release();
  expect(await readdir(join(folder, 'run'))).toEqual([]);
});

it('a second panel waits for the address of one that is starting, and brings up a window', async () => {
  const first = await claim();
  const second = claim('desktop', 10_000);
  setTimeout(() => first.claim?.publish('http://127.0.0.1:2/'), 50);
  expect((await second).holder?.url).toBe('http://127.0.0.1:2/');
  await first.claim?.release();

  const window = await claim('desktop');
  const shown = new Promise<void>((resolve) => window.claim?.onSecond(resolve));
  expect((await claim()).holder).toEqual({ pid: process.pid, url: null, shell: 'desktop' });
  await shown;
  await window.claim?.release();
});

it.runIf(process.platform !== 'win32').each(['full or read-only', 'too deep'])(
  'a data folder that is %s has its socket elsewhere, once',
  async (kind) => {
    if (kind === 'too deep') folder = join(folder, 'x'.repeat(100));
    // As root no permission is missing: a file in the place of run/ cannot be written into either.
    else await writeFile(join(folder, 'run'), '');
    const first = await claim();
    const [standIn = ''] = await readdir(runtime);
    expect(first.claim?.run).toBe(kind === 'too deep' ? join(folder, 'run') : join(runtime, standIn));
    expect((await stat(join(runtime, standIn))).mode & 0o077).toBe(0);
    if (kind !== 'too deep') await rm(join(folder, 'run'));
    expect((await claim()).holder).toMatchObject({ pid: process.pid });
    await first.claim?.release();
  },
);

it.runIf(process.platform !== 'win32')('a panel of another machine keeps the folder until it is silent', async () => {
  await mkdir(join(folder, 'run'));
  const file = join(folder, 'run', 'panel.host');
  await writeFile(file, JSON.stringify({ host: 'gpu-7', boot: 'another', pid: 12 }));
  await expect(claim()).rejects.toMatchObject({ code: 'busy', sentence: { values: { host: 'gpu-7', pid: 12 } } });
  const old = new Date(Date.now() - 5 * 60_000);
  await utimes(file, old, old);
  const mine = await claim();
  expect(mine.holder).toBeNull();
  await mine.claim?.release();
});

it.runIf(process.platform !== 'win32')('leaves a run/ of others as it is, and has its socket elsewhere', async () => {
  await mkdir(join(folder, 'run'));
  await chmod(join(folder, 'run'), 0o755);
  await writeFile(join(folder, 'notes.txt'), '');
  const { claim: found } = await claim();
  expect((await stat(join(folder, 'run'))).mode & 0o777).toBe(0o755);
  expect(found?.run?.startsWith(runtime)).toBe(true);
  expect((await claim()).holder).toMatchObject({ pid: process.pid });
  await found?.release();
});

it.runIf(process.platform !== 'win32')('finds the panel of a data folder whose disk has become full', async () => {
  const first = await claim();
  // In the place of the file that shows whether the disk takes any.
  await mkdir(join(folder, 'run', `.probe-${process.pid}`));
  expect((await claim()).holder).toMatchObject({ pid: process.pid });
  await first.claim?.release();
});

it('a data folder is taken from other users, and one that holds other things is not', async () => {
  const mode = async (...parts: string[]) => ((await stat(join(folder, ...parts))).mode & 0o777).toString(8);
  await writeFile(join(folder, 'results.db'), '', { mode: 0o644 });
  await writeFile(join(folder, 'notes.txt'), '', { mode: 0o644 });
  await (await claim()).claim?.release();
  if (process.platform === 'win32') return;
  const { umask } = process;
  expect([await mode('run'), await mode('results.db')]).toEqual(['700', '600']);
  expect(await mode('notes.txt')).toBe((0o644 & ~umask()).toString(8));
});

/** Another process that holds the folder's socket and never answers. */
async function anotherKeeper() {
  const script = join(folder, 'keeper.cjs');
  await writeFile(
    script,
    `require('node:fs').mkdirSync(${JSON.stringify(join(folder, 'run'))});
     require('node:net').createServer().listen(${JSON.stringify(join(folder, 'run', 'panel.sock'))}, () => process.send('on'));`,
  );
  const keeper = fork(script);
  await new Promise((resolve) => keeper.once('message', resolve));
  return {
    async kill() {
      keeper.kill('SIGKILL');
      await new Promise((resolve) => keeper.once('exit', resolve));
    },
  };
}

it.runIf(process.platform !== 'win32')('a killed panel blocks no other one', async () => {
  await (await anotherKeeper()).kill();
  const all = await Promise.all(Array.from({ length: 8 }, () => claim()));
  expect(all.filter((one) => one.claim !== null)).toHaveLength(1);
  for (const one of all) await one.claim?.release();
});

it.runIf(process.platform !== 'win32')('a panel that is alive and does not answer keeps its folder', async () => {
  const hung = await anotherKeeper();
  expect(await claim()).toMatchObject({ claim: null, holder: { pid: null, url: null } });
  await hung.kill();
});

it('of many at once exactly one gets it', async () => {
  const all = await Promise.all(Array.from({ length: 8 }, () => claim()));
  expect(all.filter((one) => one.claim !== null)).toHaveLength(1);
  for (const one of all) await one.claim?.release();
});
