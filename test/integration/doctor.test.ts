import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { checkIds, checkSchema } from '#contract';
import { headroom as ask } from '../fixtures/headroom.ts';

/** The doctor imports torch. */
const IMPORTS_MS = 300_000;

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'headroom-doctor-'));
});
afterEach(() => rm(home, { recursive: true, force: true }));

const headroom = (words: string[], more: Record<string, string> = {}) => ask(home, words, more);
const answer = z.object({ ok: z.boolean(), checks: z.array(checkSchema) });

describe('the doctor', () => {
  it('prints a line for each check, none of which fails here', { timeout: IMPORTS_MS }, async () => {
    const { code, out, err } = await headroom(['doctor']);
    expect(err).toBe('');
    expect(code).toBe(0);
    const words = out.split('\n').flatMap((line) => /^(ok|warn|FAIL|\?) +(\w+) +\S/.exec(line)?.[2] ?? []);
    expect(words).toEqual(checkIds);
  });

  it('prints FAIL and a command that fixes it, with exit code 1', { timeout: IMPORTS_MS }, async () => {
    const header = Buffer.alloc(8_192);
    header.write('SQLite format 3\0\x10\0');
    header.write('HDRM', 68);
    await writeFile(join(home, 'results.db'), header);
    const plain = await headroom(['doctor']);
    expect(plain.code).toBe(1);
    expect(plain.out).toMatch(
      /FAIL {2}database +The results database is damaged\.\n(.*\n)* +fix: cd \S+ && \S+ -m lbs\.server\.checkup --set-aside \S+results\.db/,
    );
    const { code, out } = await headroom(['doctor', '--json'], { HEADROOM_PYTHON: '/nowhere/python' });
    expect(code).toBe(1);
    const { ok, checks } = answer.parse(JSON.parse(out));
    expect(ok).toBe(false);
    expect(checks.find(({ id }) => id === 'python')).toMatchObject({ state: 'failed' });
    expect(checks.find(({ id }) => id === 'torch')).toMatchObject({ state: 'unknown' });
    expect(JSON.parse(out).checks).toContainEqual({
      id: 'python',
      state: 'failed',
      sentence: 'There is no Python at /nowhere/python.',
      detail: null,
      fix: { label: 'Run setup', action: 'copy', command: expect.any(String) },
    });
  });

  it('names an unknown argument', async () => {
    for (const words of [[], ['nurse'], ['doctor', '--jsn']]) {
      const { code, out, err } = await headroom(words);
      expect(code).toBe(2);
      expect(out).toBe('');
      expect(err).toMatch(/^headroom: .*npm run headroom -- doctor \[--json\].*\n$/);
    }
  });
});
