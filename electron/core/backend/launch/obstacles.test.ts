import { expect, it } from 'vitest';
import { obstacleTo } from './obstacles.ts';

const about = (python: string) => ({
  command: python,
  args: [],
  folder: '/',
  env: {},
  runFolder: '/nowhere',
  guardian: { python, script: 'guardian.py', env: {} },
  foreign: null,
  exposedHost: null,
});

it.runIf(process.platform === 'linux')('starts nothing where no process could be found again', async () => {
  expect(await obstacleTo(about(process.execPath))).toBeNull();
  expect(await obstacleTo(about(process.execPath), '/nowhere/proc')).toMatchObject({
    sentence: { code: 'backend.noProc' },
  });
});

it('names a Python that does not exist', async () => {
  expect(await obstacleTo(about('/nowhere/python'))).toMatchObject({ code: 'missing_python' });
});
