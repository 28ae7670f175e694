import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { backendPython, dataFolder as corefolder, pythonEnvironment } from '../../electron/core/base/index.ts';
import { dataFolder, pythonIn, venv } from './places.mjs';
import { pythonEnv } from './python-env.mjs';

/** The core's rules that setup repeats, since it runs before the core is built. */

const name = fc.oneof(
  fc.constantFrom(
    'PYTHONPATH',
    'PYTHONHOME',
    'PYTHONHASHSEED',
    'PYTHONNOUSERSITE',
    'PYTHONUTF8',
    'pythonhome',
    '__PYVENV_LAUNCHER__',
    'HEADROOM_PYTHON',
    'LD_LIBRARY_PATH',
  ),
  fc.string({ unit: fc.constantFrom(...'PYTHON_abc'), minLength: 1, maxLength: 12 }),
);

test('Python gets the same environment from setup as from the panel', () => {
  fc.assert(
    fc.property(fc.dictionary(name, fc.string()), (env) => {
      expect(pythonEnv(env)).toEqual(pythonEnvironment(env));
    }),
  );
});

test('the data folder and the interpreter are the same', () => {
  for (const env of [{}, { HEADROOM_HOME: '/data/显存 1' }, { XDG_DATA_HOME: '/x' }, { XDG_DATA_HOME: 'relative' }]) {
    expect(dataFolder(env)).toBe(corefolder(env, process.platform, process.env.HOME ?? ''));
  }
  expect(backendPython({ env: {}, platform: process.platform, pythonFolder: join(venv, '..'), chosen: null })).toBe(
    pythonIn(venv),
  );
});
