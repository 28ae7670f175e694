import {
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { recover, replacing } from './put-back.mjs';

let folder;
let path;
let lockFile;
const file = () => join(path, 'lib', 'old.py');
const failure = new Error('no network');

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), '目录 put back '));
  path = join(folder, 'venv');
  lockFile = join(folder, 'lock');
});
afterEach(() => rmSync(folder, { recursive: true }));

function old() {
  mkdirSync(join(path, 'lib'), { recursive: true });
  writeFileSync(file(), 'old');
  symlinkSync('lib', join(path, 'lib64'));
}

const make = () => {
  mkdirSync(path);
  writeFileSync(join(path, 'new'), '');
};
const fail = () => {
  make();
  throw failure;
};

test('what was there before goes only when the new one is finished', async () => {
  old();
  await replacing(path, { lockFile }, (kept) => {
    expect(kept).toBe(false);
    expect(existsSync(`${path}.before`)).toBe(true);
    make();
  });
  expect(readdirSync(folder)).toEqual(['venv']);
  expect(readdirSync(path)).toEqual(['new']);
});

test('a build that fails puts it back', async () => {
  old();
  await expect(replacing(path, { lockFile }, fail)).rejects.toBe(failure);
  expect(readdirSync(folder)).toEqual(['venv']);
  expect(readFileSync(file(), 'utf8')).toBe('old');
});

test('a first build that fails leaves nothing', async () => {
  await expect(replacing(path, { lockFile }, fail)).rejects.toBe(failure);
  expect(readdirSync(folder)).toEqual([]);
});

test('an update in place that fails puts back every file that it has replaced', async () => {
  old();
  const update = replacing(path, { lockFile, keep: true }, (kept) => {
    expect(kept).toBe(true);
    expect(readdirSync(path).sort()).toEqual(['lib', 'lib64']);
    rmSync(file());
    writeFileSync(file(), 'new');
    throw failure;
  });
  await expect(update).rejects.toBe(failure);
  expect(readFileSync(file(), 'utf8')).toBe('old');
  expect(lstatSync(join(path, 'lib64')).isSymbolicLink()).toBe(true);
});

test('where the file system has no hard links, the build starts from nothing', async () => {
  old();
  const link = (from, to) => {
    mkdirSync(to);
    linkSync(join(from, 'missing'), join(to, 'missing'));
  };
  await replacing(path, { lockFile, keep: true, link }, (kept) => {
    expect(kept).toBe(false);
    make();
  });
  expect(readdirSync(path)).toEqual(['new']);
});

test('an environment behind a link is never changed', async () => {
  const elsewhere = join(folder, 'elsewhere');
  path = elsewhere;
  old();
  path = join(folder, 'venv');
  symlinkSync(elsewhere, path);
  await expect(replacing(path, { lockFile, keep: true }, fail)).rejects.toBe(failure);
  expect(lstatSync(path).isSymbolicLink()).toBe(true);
  await replacing(path, { lockFile, keep: true }, make);
  expect(readdirSync(path)).toEqual(['new']);
  expect(readFileSync(join(elsewhere, 'lib', 'old.py'), 'utf8')).toBe('old');
});

test('what a killed setup has set aside comes back, or goes where the new one is complete', () => {
  old();
  mkdirSync(`${path}.before`);
  writeFileSync(join(`${path}.before`, 'working'), '');
  mkdirSync(`${path}.gone`);
  recover(path, false, lockFile);
  expect(readdirSync(folder)).toEqual(['venv']);
  expect(readdirSync(path)).toEqual(['working']);

  mkdirSync(`${path}.before`);
  recover(path, true, lockFile);
  expect(readdirSync(folder)).toEqual(['venv']);
  expect(readdirSync(path)).toEqual(['working']);
});

test('a second setup waits for the first; the lock of a process that has exited does not count', async () => {
  old();
  await replacing(path, { lockFile }, async () => {
    make();
    await expect(replacing(path, { lockFile }, make)).rejects.toThrow(
      `Process ${process.pid} is setting up this checkout`,
    );
    // It is no crash's leftover.
    recover(path, false, lockFile);
    expect(existsSync(`${path}.before`)).toBe(true);
  });
  for (const held of ['999999999', `${process.pid} 1`, '', 'damaged']) {
    writeFileSync(lockFile, held);
    await replacing(path, { lockFile }, make);
  }
  expect(readdirSync(folder)).toEqual(['venv']);
});
