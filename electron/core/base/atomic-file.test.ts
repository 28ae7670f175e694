import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs, { lstat, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { bundle } from '#bundle';
import { writeFileAtomic } from './atomic-file.ts';
import { createJsonStore } from './json-store.ts';

vi.mock('node:fs/promises', { spy: true });

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headroom-atomic-'));
  file = join(folder, 'settings.json');
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(folder, { recursive: true });
});

const failing = (code: string) => Object.assign(new Error(`${code}: no`), { code });

/** Lets the file be made and its bytes be refused, as a full disk does. */
function diskIsFull(code: string) {
  const real = vi.mocked(fs.open).getMockImplementation();
  vi.mocked(fs.open).mockImplementationOnce(async (...args) => {
    const handle = await (real ?? fs.open)(...args);
    handle.writeFile = async () => {
      throw failing(code);
    };
    return handle;
  });
}

describe('an atomic write', () => {
  it.each([
    ['ENOSPC', 'the disk is full'],
    ['EROFS', 'is not writable'],
  ])('on %s keeps the old file, leaves no temporary file, and says what to do', async (code, sentence) => {
    const store = await createJsonStore({ file, schema: z.number(), fallback: 0 });
    await store.update(() => 1);
    diskIsFull(code);
    await expect(store.update(() => 2)).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringContaining(sentence),
    });
    expect([store.value(), await readFile(file, 'utf8'), await readdir(folder)]).toEqual([1, '1\n', ['settings.json']]);
    // The failed change must not block the next one.
    await store.update((value) => value + 2);
    expect(await readFile(file, 'utf8')).toBe('3\n');
  });

  it('replaces the target of a link, not the link, readable by its owner only', async () => {
    const target = join(folder, 'dotfiles', 'real.json');
    await mkdir(join(folder, 'dotfiles'));
    await writeFile(target, 'old');
    await symlink(target, file);
    await writeFileAtomic(file, 'new');
    expect([await readFile(target, 'utf8'), (await lstat(file)).isSymbolicLink()]).toEqual(['new', true]);
    expect((await lstat(target)).mode & 0o077).toBe(0);
  });

  it('cut off by SIGKILL at any moment leaves the old text or the new one', async () => {
    const script = await writer();
    let written = 0;
    for (let round = 0; round < 12; round++) {
      const child = spawn(process.execPath, [script, file], { stdio: ['ignore', 'pipe', 'inherit'] });
      const gone = once(child, 'close');
      await once(child.stdout, 'data');
      await new Promise((resolve) => setTimeout(resolve, round * 3));
      child.kill('SIGKILL');
      await gone;
      const { number, padding } = JSON.parse(await readFile(file, 'utf8'));
      expect(padding).toBe(String(number % 10).repeat(300_000));
      written += number;
    }
    expect(written).toBeGreaterThan(0);
  });
});

/** The real code as plain JavaScript, so that a child of its own can be killed in the middle of it. */
async function writer(): Promise<string> {
  const outDir = join(folder, 'built');
  await bundle(join(import.meta.dirname, 'atomic-file.ts'), outDir);
  const script = join(outDir, 'writer.mjs');
  await writeFile(
    script,
    `import { writeFileAtomic } from './atomic-file.mjs';
    for (let number = 0; ; number++) {
      await writeFileAtomic(process.argv[2], JSON.stringify({ number, padding: String(number % 10).repeat(300000) }));
      if (number === 0) process.stdout.write('written');
    }`,
  );
  return script;
}
