import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { flaw, inRange, probe, why } from './find-python.mjs';

const folder = mkdtempSync(join(tmpdir(), 'find python '));
afterAll(() => rmSync(folder, { recursive: true }));

/** A program that prints `output`, whatever it is asked. */
function program(name, output, code = 0) {
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/sh\ncat <<'END'\n${output}\nEND\nexit ${code}\n`);
  chmodSync(path, 0o755);
  return path;
}

const found = (more = {}) => ({ command: 'python3', version: [3, 12, 1], bits: 64, venv: true, lacks: [], ...more });

test('the interpreter behind a wrapper that prints lines of its own', () => {
  const answer = '{"version": [3, 12, 1], "bits": 64, "venv": true, "lacks": []}';
  const command = program('wrapper', `pyenv: using 3.12\nWelcome to the cluster\n${answer}`);
  expect(probe(command)).toEqual({ ...found(), command });
});

test('what is no Python, prints no version, or is missing', () => {
  expect(probe(program('store', 'Python was not found; run without arguments to install', 9))).toBeNull();
  expect(probe(program('banner', 'Welcome'))).toBeNull();
  expect(probe(join(folder, 'missing'))).toBeNull();
});

test('which versions are in range', () => {
  const versions = [
    [3, 10, 9],
    [3, 11, 0],
    [3, 14, 2],
    [3, 15, 0],
    [2, 7, 18],
  ];
  expect(versions.map((version) => inRange({ version }))).toEqual([false, true, true, false, false]);
});

test('one sentence says what is missing and how to get it', () => {
  expect(why([])).toMatch(/^Python 3.11 to 3.14 is needed and no Python was found: install one/);
  expect(why([found({ version: [3, 9, 2] })])).toMatch(/only Python 3.9.2 was found/);
  expect(why([found({ venv: false })])).toMatch(/has no venv module.*apt install python3.12-venv/);
  expect(why([found({ lacks: ['sqlite3', 'lzma'] })])).toMatch(
    /^python3 \(Python 3.12.1\) was built without sqlite3, lzma: /,
  );
  expect(why([found({ bits: 32 })])).toMatch(/is a 32-bit Python 3.12.1, for which PyTorch has no build/);
  // The one that needs least.
  expect(why([found({ bits: 32 }), found({ venv: false, command: 'python3.12' })])).toMatch(/^python3.12 has no venv/);
  expect(flaw(found())).toBeNull();
});
