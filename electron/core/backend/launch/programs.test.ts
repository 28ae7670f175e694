import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { deniedPart, findProgram, isFolder } from './programs.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headroom-programs-'));
  await mkdir(join(folder, 'bin'));
  await writeFile(join(folder, 'bin', 'serve'), '#!/bin/sh\n');
  await chmod(join(folder, 'bin', 'serve'), 0o755);
  await writeFile(join(folder, 'bin', 'notes.txt'), 'no program');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

it.runIf(process.platform !== 'win32')('finds a program as a shell in its folder would', () => {
  const env = { PATH: `/nowhere:${join(folder, 'bin')}` };
  const serve = join(folder, 'bin', 'serve');
  expect(findProgram('serve', '/', env)).toBe(serve);
  expect(findProgram('./bin/serve', folder, {})).toBe(serve);
  expect(findProgram(serve, '/', {})).toBe(serve);
  expect(findProgram('serve', join(folder, 'bin'), {})).toBe(join(folder, 'bin', 'serve'));
  for (const none of ['notes.txt', 'bin/notes.txt', 'bin', './serve', '/nowhere/serve'])
    expect([none, findProgram(none, folder, env)]).toEqual([none, null]);
  expect([isFolder(folder), isFolder(serve), isFolder('/nowhere')]).toEqual([true, false, false]);
});

it('names the folder that a user may not use, also behind a link', async () => {
  const link = join(folder, 'python');
  await symlink(join(folder, 'bin', 'serve'), link);
  const denies = (below: string) => (path: string) =>
    path === link || path === join(folder, 'bin') || path.startsWith(join(folder, below));
  expect(deniedPart(join(folder, 'bin', 'serve'), denies('bin'))).toBe(join(folder, 'bin'));
  expect(deniedPart(link, denies('bin'))).toBe(join(folder, 'bin'));
  const only = (one: string) => (path: string) => path === one;
  expect(deniedPart(link, only(link))).toBe(link);
  expect(deniedPart(join(folder, 'bin', 'serve'))).toBeNull();
  expect(deniedPart('/nowhere/python')).toBeNull();
});
