import { expect, it } from 'vitest';
import { pythonEnvironment } from './python-environment.ts';

const set = {
  PATH: '/bin',
  LD_LIBRARY_PATH: '/opt/cuda',
  PYTHONHOME: '/nowhere',
  PYTHONPATH: '/mine',
  PYTHONSTARTUP: '/x.py',
  PYTHONOPTIMIZE: '2',
  PYTHONWARNINGS: 'error',
  PYTHONUTF8: '0',
  PYTHONPYCACHEPREFIX: '/cache',
  UNSET: undefined,
};

it('drops the variables of another Python, and keeps where libraries are found', () => {
  const clean = pythonEnvironment(set);
  expect(clean).toEqual({ PATH: '/bin', LD_LIBRARY_PATH: '/opt/cuda', PYTHONPYCACHEPREFIX: '/cache', PYTHONUTF8: '1' });
  expect(pythonEnvironment(clean)).toEqual(clean);
});

it('keeps the packages of the Python that the person names, but nothing that breaks it', () => {
  expect(pythonEnvironment({ ...set, HEADROOM_PYTHON: '/usr/bin/python3' })).toMatchObject({ PYTHONPATH: '/mine' });
  expect(pythonEnvironment({ ...set, HEADROOM_PYTHON: '/usr/bin/python3' })).not.toHaveProperty('PYTHONHOME');
});
