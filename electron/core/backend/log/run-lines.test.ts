import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createLogFile, logFiles } from './log-file.ts';
import { runLines } from './run-lines.ts';

let file: string;
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headroom-run-lines-'));
  file = join(folder, 'backend.log');
});
afterEach(() => rm(folder, { recursive: true }));

const written = (text: string) => writeFile(file, text.replaceAll('\n', '\r\n'));
const linesOf = (id: string) => runLines(logFiles(file), id);

it('are those between the first and the last line of the run, as a page shows them', async () => {
  await written(
    'a\n[Runner] Run 1 begins: x on y\n\x1b[32mgreen\x1b[0m\nLoading 1 %\rLoading 99 %\n[Runner] Run 1 ends\nb\n',
  );
  expect(await linesOf('1')).toEqual({
    text: '[Runner] Run 1 begins: x on y\ngreen\nLoading 99 %\n[Runner] Run 1 ends',
    left: 0,
  });
  expect(await linesOf('2')).toEqual({ text: null, left: 0 });
});

it('end where another run begins, if the worker died; a model that prints the mark does not move them', async () => {
  await written(
    '[Runner] Run 1 begins: x\nthe [Runner] Run 1 begins again\nKilled\n[Runner] Run 12 begins: x\n[Runner] Run 12 ends\n',
  );
  expect((await linesOf('1')).text).toBe('[Runner] Run 1 begins: x\nthe [Runner] Run 1 begins again\nKilled');
});

it('are found across rotated files', async () => {
  const log = createLogFile(file, { fileBytes: 120 });
  for (const line of ['[Runner] Run 1 begins: x', 'one'.repeat(20), 'two'.repeat(20), '[Runner] Run 1 ends', 'later']) {
    log.write(`${line}\r\n`);
    await log.flushed();
  }
  const { text } = await linesOf('1');
  expect(text?.split('\n')).toEqual([
    '[Runner] Run 1 begins: x',
    'one'.repeat(20),
    'two'.repeat(20),
    '[Runner] Run 1 ends',
  ]);
});

it('keep their beginning and their end where there are too many', async () => {
  await written(`[Runner] Run 1 begins: x\n${'noise\n'.repeat(100_000)}[Runner] Run 1 ends\n`);
  const { text, left } = await linesOf('1');
  expect(text?.startsWith('[Runner] Run 1 begins: x\nnoise')).toBe(true);
  expect(text?.endsWith('noise\n[Runner] Run 1 ends')).toBe(true);
  expect([text?.length, left]).toEqual([80_003, 600_000 + 44 - 80_000]);
});
