import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test, vi } from 'vitest';
import { carrying } from '../fixtures/processes.ts';
import { ended, setupSandbox } from '../fixtures/setup-sandbox.ts';

const sandbox = setupSandbox();
afterAll(() => sandbox.remove());
const leftovers = () => readdirSync(join(sandbox.root, 'python')).filter((name) => name.startsWith('.venv'));

test('the variables of another Python do no harm', async () => {
  const first = await sandbox.run({ PYTHONHOME: '/nowhere', PYTHONPATH: '/nowhere', PIP_TARGET: '/nowhere' });
  expect(first.output).toMatch(/installing torch 2.13.0 \(.+\) \.\.\.\nheadroom: {3}\d/);
  expect(first).toMatchObject({ code: 0, output: expect.stringContaining(`ready: ${sandbox.venv}`) });
  expect(sandbox.state()).toBe('new, complete');
  const second = await sandbox.run({ PYTHONHOME: '/nowhere' });
  expect(second.output).toBe(`ready: ${join(sandbox.venv, 'bin', 'python')}\n`);
});

test.each([
  ['in place', false],
  ['anew', true],
])('an environment that cannot be replaced %s comes back', async (_how, broken) => {
  sandbox.putOld(broken);
  const says = 'ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device';
  const failed = await sandbox.run({ FAKE_PIP_SAYS: says });
  expect(failed.code).toBe(1);
  const file = join(sandbox.root, 'setup.log');
  expect(failed.output).toContain(
    `headroom: Installing torch failed: the disk is full: free some space (about 3 GB are needed) and try again. The output is in ${file}.`,
  );
  expect(failed.output).not.toContain('OSError');
  expect(readFileSync(file, 'utf8')).toContain(says);
  expect(sandbox.state()).toBe('old, complete');
  expect(leftovers()).toEqual(['.venv']);
});

test('what fails only because of LD_LIBRARY_PATH names it, and nothing is replaced', async () => {
  await sandbox.run();
  const { code, output } = await sandbox.run({ LD_LIBRARY_PATH: '/wrong' });
  expect(code).toBe(1);
  expect(output).toBe('headroom: Python fails because of LD_LIBRARY_PATH=/wrong: unset it and try again.\n');
  expect(sandbox.state()).toBe('new, complete');
});

test('Ctrl+C ends pip and puts the old environment back', async () => {
  sandbox.putOld();
  const child = sandbox.start({ FAKE_PIP_SLEEPS: '300' });
  const end = ended(child);
  await vi.waitFor(() => expect(existsSync(`${sandbox.venv}.tmp`)).toBe(true), { timeout: 30_000, interval: 20 });
  const second = await sandbox.run();
  expect(second.output).toContain(`Process ${child.pid} is setting up this checkout already`);
  child.kill('SIGINT');
  const { code, output } = await end;
  expect(code).toBe(130);
  expect(output).toContain('headroom: stopped by SIGINT; what was installed before is as it was.');
  expect(sandbox.state()).toBe('old, complete');
  expect(leftovers()).toEqual(['.venv']);
  await vi.waitFor(() => expect(carrying(`SETUP_SANDBOX=${sandbox.top}`)).toEqual([]));
});
