import { fork } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { claimFolder } from './folder-claim.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headroom-claim-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const claim = () => claimFolder(folder, process.platform);

it('the first panel holds the folder, the second gets its pid and address', async () => {
  const first = await claim();
  first.claim?.publish('http://127.0.0.1:1/?token=a');
  expect(await claim()).toEqual({ claim: null, holder: { pid: process.pid, url: 'http://127.0.0.1:1/?token=a' } });
  await first.claim?.release();
  const again = await claim();
  expect(again.holder).toBeNull();
  await again.claim?.release();
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
  const all = await Promise.all(Array.from({ length: 8 }, claim));
  expect(all.filter((one) => one.claim !== null)).toHaveLength(1);
  for (const one of all) await one.claim?.release();
});

it.runIf(process.platform !== 'win32')('a panel that is alive and does not answer keeps its folder', async () => {
  const hung = await anotherKeeper();
  expect(await claim()).toEqual({ claim: null, holder: { pid: null, url: null } });
  await hung.kill();
});

it('of many at once exactly one gets it', async () => {
  const all = await Promise.all(Array.from({ length: 8 }, claim));
  expect(all.filter((one) => one.claim !== null)).toHaveLength(1);
  for (const one of all) await one.claim?.release();
});
