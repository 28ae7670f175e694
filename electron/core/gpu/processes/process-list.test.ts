import { type ChildProcess, spawn } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { GpuProcess } from '#contract';
import { type FakeSmi, fakeSmi } from '#fake-smi';
import { processOf } from '../../proc/index.ts';
import type { DetailedProcess, Details } from '../details/details.ts';
import { createPatience } from '../timing/patience.ts';
import { endGpuProcess } from './end-process.ts';
import { createProcessList, type ProcessList, type ProcessListOptions } from './process-list.ts';

let fake: FakeSmi;
let stopping: AbortController;
let shown: GpuProcess[][];
const children: ChildProcess[] = [];
beforeEach(async () => {
  fake = await fakeSmi([]);
  stopping = new AbortController();
  shown = [];
});
afterEach(async () => {
  stopping.abort();
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await fake.remove();
});

function listOf(options: Partial<ProcessListOptions> = {}): ProcessList {
  const smi = fake.source.command;
  if (!smi) throw new Error('The fake is a program.');
  return createProcessList({
    ...{ smi, isOurs: () => false, roleOf: () => null, details: () => ({ processes: [], mig: [] }) },
    onList: (list) => shown.push(list),
    onFault: () => undefined,
    signal: stopping.signal,
    ...options,
  });
}
const apps = (...lines: string[]) =>
  fake.write({ stream: 'exit 2', apps: lines.length > 0 ? `cat <<'X'\n${lines.join('\n')}\nX` : ':' });

/** A real process; `args` follow the script, as a module's name follows python. */
async function begin(words: readonly string[] = []): Promise<number> {
  const child = spawn('sh', ['-c', 'echo there; read x; exec sleep 100', 'sh', ...words], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  children.push(child);
  await new Promise((resolve) => child.stdout?.once('data', resolve));
  return child.pid ?? 0;
}
const graphics = (pid: number, startTime: number | null): DetailedProcess => ({
  ...{ gpuUuid: 'GPU-a', pid, name: '/usr/lib/xorg/Xorg', kind: 'graphics', usedMiB: 61 },
  ...{ gpuInstance: null, computeInstance: null, startTime },
});
const GONE = 2 ** 22 + 1;

describe.runIf(process.platform === 'linux')('the process list', () => {
  it('gets more time after a timeout, and is read beside an exit code and a UUID without GPU-', async () => {
    const uuid = '54d0709b-558d-5a2c-9fd1-0123456789ab';
    await fake.write({ stream: 'exit 2', apps: `sleep 0.5; echo "${uuid}, ${GONE}, [N/A], x"; exit 14` });
    const list = listOf({ patience: createPatience({ firstMs: 250, mostFirstMs: 5_000 }) });
    await expect(list.now()).rejects.toMatchObject({ code: 'not_ready' });
    await list.now().catch(() => undefined);
    expect(await list.now()).toMatchObject([{ gpuUuid: uuid, pid: GONE, usedMiB: null }]);
  });

  it("has the system's facts about each process, and follows a new name", async () => {
    const pid = await begin(['a', 'b'.repeat(600)]);
    await apps(`GPU-a, ${pid}, 300, sh`);
    const list = listOf();
    const [one] = await list.now();
    expect(one).toMatchObject({ gpuUuid: 'GPU-a', pid, usedMiB: 300, parentPid: process.pid, role: null });
    expect(one?.command).toMatch(/^sh -c echo there; read x; exec sleep 100 sh a b+$/);
    expect(one?.command?.length).toBe(512);
    expect(one?.startTime).toBe((await processOf(pid))?.startTime);
    // The same process with another program.
    children[0]?.stdin?.write('\n');
    await vi.waitFor(async () => expect((await processOf(pid))?.comm).toBe('sleep'), 20_000);
    await apps(`GPU-a, ${pid}, 300, sleep`);
    expect(await list.now()).toMatchObject([{ name: 'sleep', command: 'sleep 100', startTime: one?.startTime }]);
  });

  it('reads only what may change of a known process', async () => {
    const pid = await begin();
    await apps(`GPU-a, ${pid}, 300, sh`);
    const list = listOf();
    const [first] = await list.now();
    const [second] = await list.now();
    expect(second).toEqual(first);
    await apps();
    expect(await list.now()).toEqual([]);
    await apps(`GPU-a, ${pid}, 300, sh`);
    expect(await list.now()).toEqual([first]);
  });

  it("knows our processes by the backend's report, or by their command line", async () => {
    const [server, worker, spare, child, reported, other] = await Promise.all(
      [
        ['-m', 'lbs.server'],
        ['-m', 'lbs.worker'],
        ['-m', 'lbs.forkserver', 'worker'],
        ['x'],
        ['y'],
        ['-m', 'lbs.worker'],
      ].map(begin),
    );
    const pids = [server, worker, spare, child, reported, other];
    await apps(...pids.map((pid) => `GPU-a, ${pid}, 1, sh`));
    const list = listOf({
      isOurs: (pid) => pid !== other && pid !== spare,
      roleOf: (pid) => (pid === reported ? 'worker' : null),
    });
    const found = await list.now();
    expect(found.map(({ ours, role }) => [ours, role])).toEqual([
      [true, 'server'],
      [true, 'worker'],
      // It belongs to no start, but to this panel.
      [true, 'spare'],
      [true, 'child'],
      [true, 'worker'],
      // It has that name, but none of our markers.
      [false, null],
    ]);
    expect(found.map(({ protection }) => protection)).toEqual([
      'backend',
      'backend',
      'panel',
      'backend',
      'backend',
      'panel',
    ]);
  });

  it('keeps graphics programs while they run, and none with a reused pid', async () => {
    const pid = await begin();
    const startTime = (await processOf(pid))?.startTime ?? 0;
    let details: Details = { processes: [graphics(pid, startTime)], mig: [] };
    await apps();
    const list = listOf({ details: () => details });
    expect(await list.now()).toMatchObject([{ pid, kind: 'graphics', usedMiB: 61, protection: 'screen' }]);
    details = { processes: [graphics(pid, startTime - 1), graphics(GONE, 5)], mig: [] };
    expect(await list.now()).toEqual([]);
    // Where the start is unknown, as on Windows, the next -q -x decides.
    details = { processes: [graphics(GONE, null)], mig: [] };
    expect(await list.now()).toMatchObject([
      { pid: GONE, user: null, command: null, container: null, parentPid: null },
    ]);
  });

  it('shows nothing of a local process whose name disagrees: it is another one with that number', async () => {
    const pid = await begin();
    const own = await begin(['-m', 'lbs.worker']);
    await apps(
      ...[pid, own].map((one) => `GPU-a, ${one}, 300, /opt/host/bin/python`),
      `GPU-a, ${pid}, 7, [Not Found]`,
      'GPU-a, [N/A], 12, hidden',
      'GPU-a, 0, 13, [N/A]',
    );
    // Both local processes carry our marker.
    const list = listOf({ isOurs: (one) => one === own, roleOf: () => 'worker' });
    const found = await list.now();
    const nothing = { user: null, since: null, startTime: null, parentPid: null, command: null, container: null };
    const foreign = { ...nothing, ours: false, role: null, protection: 'unknown' };
    expect(found).toMatchObject([
      { ...foreign, pid, name: '/opt/host/bin/python', usedMiB: 300 },
      { ...foreign, pid: own, name: '/opt/host/bin/python' },
      { ...foreign, pid, name: '[Not Found]', usedMiB: 7 },
      { ...foreign, pid: 0, name: 'hidden', usedMiB: 12 },
      { ...foreign, pid: 0, name: '[N/A]', usedMiB: 13 },
    ]);
    const { startTime = 0 } = (await processOf(pid)) ?? {};
    await expect(endGpuProcess(list.now, { pid, startTime })).rejects.toMatchObject({ code: 'refused' });
    expect(await processOf(pid)).not.toBeNull();
    // An unnamed process that carries our marker is ours.
    await apps(`GPU-a, ${own}, 7, [Not Found]`);
    expect(await list.now()).toMatchObject([{ pid: own, ours: true, role: 'worker', protection: 'backend' }]);
  });

  it('supports Windows: dozens of programs without memory', async () => {
    const names = ['C:\\Windows\\System32\\dwm.exe', 'C:\\Program Files\\A, B\\C.exe', '[Insufficient Permissions]'];
    await apps(
      ...names.map((name, i) => `GPU-a, ${GONE + i}, [N/A], ${name}`),
      `GPU-a, ${GONE + 9}, [N/A], [Not Found]`,
    );
    const found = await listOf().now();
    expect(found.map(({ name, usedMiB, protection }) => [name, usedMiB, protection])).toEqual([
      ['C:\\Windows\\System32\\dwm.exe', null, 'screen'],
      ['C:\\Program Files\\A, B\\C.exe', null, 'unknown'],
      ['[Insufficient Permissions]', null, 'unknown'],
      ['[Not Found]', null, 'unknown'],
    ]);
    expect(shown).toEqual([found]);
  });
});
