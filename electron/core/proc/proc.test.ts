import { type ChildProcess, spawn } from 'node:child_process';
import { afterEach, describe, expect, it } from 'vitest';
import {
  ancestorsOf,
  descendantsOf,
  identityOf,
  isRunning,
  nameOf,
  type ProcessInfo,
  processOf,
  terminateProcesses,
} from './index.ts';

const linux = process.platform === 'linux';
const children: ChildProcess[] = [];

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

/** Runs a shell command; resolves once it reports that it runs. */
async function begin(script: string, env: Record<string, string> = {}): Promise<ProcessInfo> {
  const child = spawn('sh', ['-c', `${script}`], {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  children.push(child);
  await new Promise((resolve) => child.stdout?.once('data', resolve));
  const seen = await processOf(child.pid ?? 0);
  if (!seen) throw new Error('It ended at once.');
  return seen;
}

const PATIENCE = { termMs: 300, killMs: 2_000 };

describe.runIf(linux)('a process in /proc', () => {
  it("has its start, owner, arguments and Headroom's variables", async () => {
    const seen = await begin('echo there; read x', {
      HEADROOM_MARKER: 'ab',
      HEADROOM_HOME: '/a=b',
      HEADROOM_UNDER_PANEL: '1',
    });
    expect(seen).toMatchObject({
      parent: process.pid,
      uid: process.getuid?.(),
      marker: 'ab',
      home: '/a=b',
      underPanel: true,
    });
    expect(nameOf(seen)).toBe('sh -c echo there; read x');
    expect(await isRunning(await identityOf(seen))).toBe(true);
    expect([...(await ancestorsOf(seen.pid))].slice(0, 3)).toEqual([seen.pid, process.pid, process.ppid]);
    const own = await processOf(process.pid);
    expect(own).toMatchObject({ pid: process.pid, parent: process.ppid, marker: null });
  });

  it('is terminated by TERM, and by KILL where it ignores TERM', async () => {
    const soft = await identityOf(await begin('echo there; read x'));
    const hard = await identityOf(await begin("trap '' TERM; echo there; while :; do sleep 0.05; done"));
    expect(await terminateProcesses([soft, hard], PATIENCE)).toEqual([]);
    expect([await isRunning(soft), await isRunning(hard)]).toEqual([false, false]);
  });

  it('is left alone where its pid was reused, or the machine rebooted', async () => {
    const seen = await begin('echo there; read x');
    const real = await identityOf(seen);
    const others = [
      { ...real, startTime: real.startTime - 1 },
      { ...real, bootId: 'another' },
    ];
    expect(await terminateProcesses(others, PATIENCE)).toEqual([]);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await isRunning(real)).toBe(true);
  });

  it('is left alone where its user has changed, and reported as a survivor', async () => {
    const real = await identityOf(await begin('echo there; read x'));
    expect(real.uid).toBe(process.getuid?.());
    const others = { ...real, uid: (real.uid ?? 0) + 1 };
    expect(await terminateProcesses([others], { termMs: 100, killMs: 100 })).toEqual([others]);
    expect(await isRunning(real)).toBe(true);
  });
});

describe('families', () => {
  const family = [
    [1, 0],
    [2, 1],
    [3, 2],
    [4, 3],
    [5, 1],
  ].map(([pid = 0, parent = 0]) => ({ pid, parent }) as ProcessInfo);

  it('are followed down, also in an inconsistent list', () => {
    expect(descendantsOf(2, family).map(({ pid }) => pid)).toEqual([3, 4]);
    const circle = [{ pid: 6, parent: 7 } as ProcessInfo, { pid: 7, parent: 6 } as ProcessInfo];
    expect(descendantsOf(6, circle).map(({ pid }) => pid)).toEqual([7]);
  });
});
