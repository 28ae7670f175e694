import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { diskAnswers } from './disk-answers.ts';

it.runIf(process.platform !== 'win32')('says which disk does not answer, and blocks nothing meanwhile', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'headroom-disk-'));
  const command = join(folder, 'ls');
  await writeFile(command, '#!/bin/sh\nkill -STOP $$\n');
  await chmod(command, 0o755);
  expect(await diskAnswers('/nas/x', { command, answerMs: 100 })).toBe(false);
  for (const path of [folder, '/none', 'relative']) expect(await diskAnswers(path)).toBe(true);
  expect(await diskAnswers('/', { command: join(folder, 'none') })).toBe(true);
  await rm(folder, { recursive: true });
});
