import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Clock, createSupervisor, type MachineState, ownServer } from '../../electron/core/backend/index.ts';
import { python, root } from '../fixtures/panel.ts';
import { carrying } from '../fixtures/processes.ts';

/** The real supervisor, terminal and guardian over a backend that misbehaves as `fake` says (test/fixtures/backend). */
export async function misbehaving(fake: string, clock?: Clock) {
  const folder = await mkdtemp(join(tmpdir(), 'headroom-fake-'));
  await copyFile(join(root, 'test', 'fixtures', 'backend', 'server.py'), join(folder, 'server.py'));
  await copyFile(join(root, 'python', 'guardian.py'), join(folder, 'guardian.py'));
  const states: MachineState[] = [];
  let pid: number | null = null;
  const supervisor = createSupervisor({
    instance: () => ({
      ...ownServer({
        python,
        folder,
        runFolder: join(folder, 'run'),
        env: { PATH: process.env.PATH ?? '', FAKE: fake, FAKE_FOLDER: folder },
      }),
      host: '127.0.0.1',
      foreign: null,
    }),
    onOutput: () => undefined,
    onState: (state, live) => {
      states.push(state);
      pid = live.pid;
    },
    onSteps: () => undefined,
    onReady: () => undefined,
    ...(clock ? { clock } : {}),
  });
  return {
    supervisor,
    states,
    pid: () => pid,
    processes: () => carrying(`FAKE_FOLDER=${folder}`),
    async remove() {
      supervisor.stop();
      await supervisor.whenStopped();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Runs so many times as fast: minutes of back-off pass in seconds. */
export function quickClock(times: number): Clock {
  const begin = Date.now();
  const now = () => begin + (Date.now() - begin) * times;
  return {
    now,
    at(due, act) {
      const timer = setTimeout(act, (due - now()) / times);
      return () => clearTimeout(timer);
    },
  };
}
