import { readdirSync } from 'node:fs';
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Health } from '#contract';
import {
  createSupervisor,
  followEvents,
  type MachineState,
  ownServer,
  type Supervisor,
} from '../../electron/core/backend/index.ts';
import { python, root } from '../fixtures/panel.ts';
import { canLook, carrying } from '../fixtures/processes.ts';

// The real supervisor, terminal and guardian over a backend that misbehaves as it is told.
let folder: string;
let supervisor: Supervisor;
let states: MachineState[];
let healths: Health[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headroom-fake-'));
  await copyFile(join(root, 'test', 'fixtures', 'backend', 'server.py'), join(folder, 'server.py'));
  await copyFile(join(root, 'python', 'guardian.py'), join(folder, 'guardian.py'));
});

afterEach(async () => {
  supervisor.stop();
  await supervisor.whenStopped();
  expect(belonging()).toEqual([]);
  await rm(folder, { recursive: true, force: true });
});

function supervise(fake: string, more: { python?: string } = {}) {
  states = [];
  healths = [];
  supervisor = createSupervisor({
    instance: () => ({
      ...ownServer({
        python: more.python ?? python,
        folder,
        runFolder: join(folder, 'run'),
        env: { PATH: process.env.PATH ?? '', FAKE: fake, FAKE_FOLDER: folder },
      }),
      host: '127.0.0.1',
      foreign: null,
    }),
    onOutput: () => undefined,
    onState: (state) => states.push(state),
    onSteps: () => undefined,
    onReady: (ready, gone) =>
      ready.client &&
      followEvents(
        ready.client.address,
        { onRun: () => undefined, onMemory: () => undefined, onHealth: (health) => healths.push(health) },
        gone,
      ),
  });
}

/** Every living process of this test's backend, the guardian too; with its marker, all but the guardian. */
const belonging = () => (canLook ? carrying(`FAKE_FOLDER=${folder}`) : []);
const marked = () => belonging().filter((pid) => carrying(`HEADROOM_MARKER=${supervisor.marker()}`).includes(pid));

const ready = async () => {
  supervisor.start();
  await supervisor.whenReady();
};
const last = () => states.at(-1);

describe('the supervisor over real processes', () => {
  it('starts, reads events with rubbish among them, restarts, stops; two never live at once', async () => {
    supervise('good');
    await ready();
    await vi.waitFor(() => expect(healths).toHaveLength(1), 5_000);
    const first = healths[0]?.pid;
    supervisor.restart();
    await supervisor.whenReady();
    await vi.waitFor(() => expect(healths).toHaveLength(2), 5_000);
    expect(healths[1]?.pid).not.toBe(first);
    expect(marked()).toEqual([healths[1]?.pid]);
    expect(readdirSync(join(folder, 'run'))).toHaveLength(1);
  });

  it('never retries a configuration error, and tells its sentence', async () => {
    supervise('config');
    await expect(ready()).rejects.toMatchObject({ code: 'backend_error', message: 'LBS_TORCH_DTYPE must be float16.' });
    expect(last()).toMatchObject({ phase: 'failed', instance: 1, reason: { code: 'configuration', exitCode: 2 } });
  });

  it('retries a crash, with the exit code and the last lines', async () => {
    supervise('crash');
    await expect(ready()).rejects.toMatchObject({ code: 'backend_error' });
    expect(last()).toMatchObject({
      phase: 'backoff',
      reason: { code: 'crash', exitCode: 3, lines: ['about to fail'] },
    });
    await vi.waitFor(() => expect(last()?.instance).toBe(2), 5_000);
  });

  it('ends one that answers neither the request nor TERM, and what left its session', async () => {
    supervise('deaf,family');
    await ready();
    expect(marked().length).toBe(2);
    supervisor.stop();
    await supervisor.whenStopped();
    expect(last()?.phase).toBe('stopped');
    expect(belonging()).toEqual([]);
  });

  it('sees the crash of a leader whose child still holds the terminal, and leaves nothing of it', async () => {
    supervise('family');
    await ready();
    await vi.waitFor(() => expect(healths).toHaveLength(1), 5_000);
    process.kill(healths[0]?.pid ?? 0, 'SIGKILL');
    await vi.waitFor(() => expect(last()?.phase).toBe('backoff'), 5_000);
    expect(last()?.reason).toMatchObject({ code: 'crash', signal: 'SIGKILL' });
    expect(belonging()).toEqual([]);
  });

  it.runIf(canLook)('replaces a guardian that somebody killed', async () => {
    supervise('family');
    await ready();
    const guardians = () => belonging().filter((pid) => !marked().includes(pid));
    const [killed] = guardians();
    process.kill(killed ?? 0, 'SIGKILL');
    await vi.waitFor(() => expect(guardians().some((pid) => pid !== killed)).toBe(true), 5_000);
    supervisor.stop();
    await supervisor.whenStopped();
    expect(belonging()).toEqual([]);
  });

  it('a stop during the start, and a start during the stop, both end as asked', async () => {
    supervise('mute');
    supervisor.start();
    supervisor.stop();
    const stopped = supervisor.whenStopped();
    supervisor.start();
    await stopped;
    await vi.waitFor(() => expect(last()).toMatchObject({ phase: 'starting', instance: 2 }), 10_000);
  });

  it('says so where there is no Python', async () => {
    supervise('good', { python: '/nowhere/python' });
    await expect(ready()).rejects.toMatchObject({ message: expect.stringContaining('no Python at /nowhere/python') });
    expect(last()).toMatchObject({ phase: 'failed', reason: { code: 'missing_python' } });
  });
});
