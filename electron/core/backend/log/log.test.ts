import { execFileSync, spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, stat, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createBackendLog } from './log.ts';
import { createLogFile } from './log-file.ts';

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headroom-log-'));
  file = join(folder, 'backend.log');
});
afterEach(() => rm(folder, { recursive: true }));

const MIB = 2 ** 20;

describe('the log', () => {
  it('has everything in its files, and the filtered output in its tail', async () => {
    let output = '';
    const log = createBackendLog(file, {
      onShown: (text) => {
        output += text;
      },
    });
    for (const piece of ['\x1b]0;ti', 'tle\x07\x1b[32mgreen', '\x1b[0m\r\n']) log.write(piece);
    await log.flushed();
    expect(await readFile(file, 'utf8')).toBe('\x1b]0;title\x07\x1b[32mgreen\x1b[0m\r\n');
    expect([log.tail(), output]).toEqual(Array(2).fill('\x1b[32mgreen\x1b[0m\r\n'));
  });

  it('keeps 10,000 lines and at most 2 Mi characters', () => {
    const log = createBackendLog('/dev/null');
    for (let i = 0; i < 30_000; i += 1) log.write(`line ${i} ${'x'.repeat(180)}\r\n`);
    const tail = log.tail();
    expect(tail).toContain('line 20000 ');
    expect(tail).toContain('line 29999 ');
    expect(tail.length).toBeLessThanOrEqual(2 * MIB);
  });
});

describe('its files', () => {
  it('rotate, hold complete lines, and never exceed their size', async () => {
    const log = createLogFile(file, { fileBytes: 100 });
    for (let i = 0; i < 20; i += 1) {
      log.write(`line ${i} ${'é'.repeat(20)}\n`);
      await log.flushed();
    }
    const names = ['backend.log', ...[1, 2, 3, 4].map((n) => `backend.log.${n}`)];
    expect((await readdir(folder)).sort()).toEqual(names);
    const texts = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')));
    expect(
      texts
        .reverse()
        .join('')
        .match(/line \d+ é+\n/g),
    ).toHaveLength(10);
    expect(texts.at(-1)).toContain('line 19');
    for (const name of names) expect((await stat(join(folder, name))).size).toBeLessThanOrEqual(100);
  });

  it('hold text without line ends unchanged, surrogate pairs included', async () => {
    const text = '🙂'.repeat(MIB);
    const log = createLogFile(file);
    log.write(text);
    await log.flushed();
    expect((await readFile(file, 'utf8')) === text).toBe(true);
  });

  it('pause the source while the disk is behind, and resume it', async () => {
    const log = createLogFile(file);
    expect(log.write('x'.repeat(MIB))).toBeUndefined();
    const room = log.write('y'.repeat(MIB));
    expect(room).toBeInstanceOf(Promise);
    await room;
    expect(log.write('z')).toBeUndefined();
    await log.flushed();
    expect((await stat(file)).size).toBe(2 * MIB + 1);
  });

  // A pipe without a reader: opening it blocks like a stalled disk.
  it.skipIf(process.platform === 'win32')('drop and count output while the disk is stalled', async () => {
    execFileSync('mkfifo', [file]);
    const log = createLogFile(file, { stallMs: 100 });
    log.write('first\r\n');
    const began = Date.now();
    await log.write('x'.repeat(2 * MIB));
    expect(Date.now() - began).toBeGreaterThanOrEqual(90);
    for (let i = 0; i < 100; i += 1) expect(log.write(`lost ${'y'.repeat(MIB)}`)).toBeUndefined();
    const reader = spawn('sh', ['-c', 'exec cat <> "$0"', file], { stdio: ['ignore', 'pipe', 'ignore'] });
    let read = '';
    reader.stdout.on('data', (text) => {
      read += text;
    });
    const remark = `${100 * (MIB + 5)} characters of output are missing here`;
    await vi.waitFor(() => expect(read.length).toBeGreaterThan(2 * MIB + 50), 20_000);
    log.write('afterwards\r\n');
    await vi.waitFor(() => expect(read).toContain('afterwards'), 20_000);
    reader.kill();
    await log.flushed();
    expect(read.match(/y/)).toBeNull();
    expect(read.startsWith('first')).toBe(true);
    expect(read.indexOf('xx')).toBeLessThan(read.indexOf(remark));
    expect(read.indexOf(remark)).toBeLessThan(read.indexOf('afterwards'));
  });

  it.skipIf(process.platform !== 'linux')(
    'say once that the disk is full, and how much is missing after it',
    async () => {
      const complaint = vi.spyOn(console, 'error').mockReturnValue();
      await symlink('/dev/full', file);
      const log = createLogFile(file);
      for (let i = 0; i < 10; i += 1) {
        log.write('0123456789');
        await log.flushed();
      }
      expect(complaint).toHaveBeenCalledOnce();
      complaint.mockRestore();
      await rm(file);
      log.write('room again');
      await log.flushed();
      expect(await readFile(file, 'utf8')).toMatch(/^\r\n\[Headroom: 100 characters .*\]\r\nroom again$/);
    },
  );
});
