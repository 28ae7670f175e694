import { chmod, mkdir, mkdtemp, readdir, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { dataPaths } from '../base/index.ts';
import { restrictAll } from './restrict-all.ts';
import { sweepFiles } from './sweep.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headroom-upkeep-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function put(name: string, text = '', hoursOld = 1) {
  const file = join(folder, name);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
  await chmod(file, 0o644);
  const time = new Date(Date.now() - hoursOld * 3_600_000);
  await utimes(file, time, time);
}

it('sweeps what killed writers left, and nothing else', async () => {
  const hex = '0123456789ab';
  const gone = [
    `.settings.json.${hex}.tmp`,
    '.settings.json.probe-77',
    'results.db.v3.part',
    'results.db.part',
    `incidents/.2026-01-01T00-00-00-000Z-crash.json.${hex}.tmp`,
    'plans/.ledger.jsonl.77.tmp',
    'plans/.0f.json.77.tmp',
    'emulator/held/.held-x1',
    'run/open-0123456789abcdef.html',
    'recordings/a.headroom.gz',
  ];
  const stays = [`.notes.json.${hex}.tmp`, 'settings.json', 'results.db', 'plans/ledger.jsonl', 'recordings/b.txt'];
  for (const name of [...gone, ...stays]) await put(name);
  await put(`.alerts.json.${hex}.tmp`, 'x', 0);
  await put('recordings/full.headroom.gz', 'x');
  await symlink(join(folder, 'settings.json'), join(folder, `.panel.json.${hex}.tmp`));
  const before = (await readdir(folder, { recursive: true })).length;
  expect(await sweepFiles(dataPaths(folder))).toBe(gone.length);
  const left = await readdir(folder, { recursive: true });
  expect(left).toHaveLength(before - gone.length);
  expect(left.filter((name) => gone.includes(name))).toEqual([]);
});

it.runIf(process.platform !== 'win32')('takes everything but models from other users', async () => {
  const mode = async (name: string) => ((await stat(join(folder, name))).mode & 0o777).toString(8);
  const files = ['results.db', 'results.db.v3.backup', 'logs/backend.log', 'plans/a.json', 'emulator/held/1.json'];
  for (const name of [...files, 'models/m/config.json']) await put(name);
  await symlink('/etc/passwd', join(folder, 'logs', 'link'));
  await symlink(join(folder, 'models'), join(folder, 'recordings'));
  for (const name of ['', 'logs', 'emulator', 'emulator/held', 'models']) await chmod(join(folder, name), 0o755);
  await restrictAll(dataPaths(folder));
  expect(await Promise.all(files.map(mode))).toEqual(files.map(() => '600'));
  expect(await Promise.all(['', 'logs', 'emulator/held'].map(mode))).toEqual(['700', '700', '700']);
  expect(await Promise.all(['models', 'models/m/config.json'].map(mode))).toEqual(['755', '644']);

  // HEADROOM_HOME may name a folder that holds other things as well.
  await put('thesis.tex');
  for (const name of ['', 'logs', 'logs/backend.log', 'results.db']) await chmod(join(folder, name), 0o755);
  await restrictAll(dataPaths(folder));
  expect(await Promise.all(['', 'logs', 'logs/backend.log', 'results.db'].map(mode))).toEqual([
    '755',
    '755',
    '755',
    '700',
  ]);
});
