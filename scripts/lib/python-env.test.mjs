import { expect, test } from 'vitest';
import { pipEnv, pythonEnv } from './python-env.mjs';

const person = {
  PATH: '/bin',
  LD_LIBRARY_PATH: '/cuda',
  PYTHONHOME: '/usr',
  PYTHONPATH: '/cluster',
  PYTHONSTARTUP: 'x.py',
  PYTHONOPTIMIZE: '2',
  PYTHONWARNINGS: 'error',
  PYTHONUSERBASE: '/u',
  PYTHONUTF8: '0',
  PYTHONIOENCODING: 'gbk',
  PYTHONDONTWRITEBYTECODE: '1',
  __PYVENV_LAUNCHER__: '/usr/bin/python3',
};

test('our own Python gets none of the variables of another one, and UTF-8', () => {
  expect(pythonEnv(person)).toEqual({
    PATH: '/bin',
    LD_LIBRARY_PATH: '/cuda',
    PYTHONDONTWRITEBYTECODE: '1',
    PYTHONUTF8: '1',
  });
});

test('a Python that the person names keeps the folders of its packages', () => {
  const named = pythonEnv({ ...person, HEADROOM_PYTHON: '/module/python' });
  expect(named).toMatchObject({ PYTHONPATH: '/cluster', PYTHONUSERBASE: '/u' });
  expect(named).not.toHaveProperty('PYTHONHOME');
});

test('pip installs into the environment; its index, proxy and certificates stay', () => {
  const pip = { PIP_INDEX_URL: 'https://mirror', PIP_CERT: '/ca', PIP_PROXY: 'http://p', PIP_CONSTRAINT: 'c.txt' };
  expect(pipEnv({ ...pip, PIP_TARGET: '/t', PIP_PREFIX: '/p', PIP_USER: '1', PIP_REQUIRE_HASHES: '1' })).toEqual({
    ...pip,
    PIP_USER: '0',
    PYTHONUTF8: '1',
  });
});
