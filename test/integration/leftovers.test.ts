import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type ControlPlane, createControlPlane } from '../../electron/core/control-plane.ts';
import { ownProcesses, type ProcessInfo } from '../../electron/core/proc/index.ts';
import { makeHome, panelEnvironment, python, root, startPanel } from '../fixtures/panel.ts';

const WAIT = { timeout: 30_000, interval: 50 };
const homes: string[] = [];
let plane: ControlPlane | undefined;
const begun: number[] = [];

afterEach(async () => {
  await plane?.stop();
  for (const pid of begun.splice(0)) kill(pid, 'SIGKILL');
  for (const home of homes.splice(0)) await rm(home, { recursive: true, force: true });
});

async function home(): Promise<string> {
  const made = await makeHome();
  homes.push(made);
  return made;
}

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // Gone already.
  }
}

const carriers = async (folder: string) =>
  (await ownProcesses()).filter((one) => one.marker !== null && one.home === folder);
const guardiansOf = (all: readonly ProcessInfo[], those: readonly ProcessInfo[]) =>
  all.filter(({ args }) => those.some(({ marker }) => args.at(-1) === marker && args.at(-2)?.endsWith('guardian.py')));

/** A process whose parent is init, as the leftovers of a dead panel are; `argv`: the arguments of the interpreter. */
function orphan(env: Record<string, string>, argv = ['-c', 'import time; time.sleep(300)']): number {
  const program = `import subprocess, sys; print(subprocess.Popen([sys.executable, *sys.argv[1:]], start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).pid)`;
  const pid = Number(execFileSync(python, ['-c', program, ...argv], { env: { PATH: process.env.PATH, ...env } }));
  begun.push(pid);
  return pid;
}

async function openPlane(folder: string): Promise<ControlPlane> {
  plane = await createControlPlane({
    env: panelEnvironment(folder),
    platform: process.platform,
    home: homedir(),
    shell: 'serve',
    version: '0.0.0',
    resources: root,
  });
  await plane.start();
  return plane;
}

const isAlive = (pid: number) =>
  existsSync(`/proc/${pid}`) && !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));

// With each server a child that ignores TERM and HUP, and one that left the session.
const stubborn = `
import os, signal, sys
if sys.argv[-1].endswith('server.py') and os.fork() == 0:
    os.fork()
    os.setsid()
    wait = 'import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); signal.signal(signal.SIGHUP, signal.SIG_IGN); time.sleep(300)'
    os.execv(PYTHON, [PYTHON, '-c', wait, 'stubborn'])
os.execv(PYTHON, [PYTHON, *sys.argv[1:]])
`;

describe.runIf(process.platform === 'linux')('leftovers of an earlier panel', () => {
  it('are terminated by the next one, even where panel, guardians and launcher were killed and the backend does not exit by itself', async () => {
    const folder = await home();
    const wrapper = join(folder, 'python');
    await writeFile(wrapper, `#!${python}\n${stubborn.replaceAll('PYTHON', JSON.stringify(python))}`, { mode: 0o755 });
    const first = await startPanel(folder, { HEADROOM_PYTHON: wrapper });
    const stubbornOnes = async () => (await carriers(folder)).filter(({ args }) => args.includes('stubborn'));
    await vi.waitFor(async () => expect((await stubbornOnes()).length).toBeGreaterThanOrEqual(2), WAIT);
    const ended = new Promise((done) => first.process.once('exit', done));
    // Stopped first: a running panel replaces a guardian that is killed.
    kill(first.process.pid ?? 0, 'SIGSTOP');
    const carrying = await carriers(folder);
    begun.push(...carrying.map(({ pid }) => pid));
    for (const { pid } of guardiansOf(await ownProcesses(), carrying)) kill(pid, 'SIGKILL');
    const those = await stubbornOnes();
    // A launcher would kill them once the server has exited.
    for (const { pid, args } of carrying) if (args.some((arg) => arg.endsWith('launcher.py'))) kill(pid, 'SIGKILL');
    kill(first.process.pid ?? 0, 'SIGKILL');
    await ended;
    // What exits by itself has exited.
    await new Promise((done) => setTimeout(done, 1_500));
    expect(those.filter(({ pid }) => isAlive(pid)).length).toBeGreaterThanOrEqual(2);
    // The next panel replaces the panel's socket and its note; a control plane does not touch them.
    const files = (await readdir(join(folder, 'run'))).filter((name) => !['panel.sock', 'panel.host'].includes(name));
    expect(files.length).toBeGreaterThan(0);

    const second = await openPlane(folder);
    expect(those.filter(({ pid }) => isAlive(pid))).toEqual([]);
    expect(second.state().notices).toMatchObject([
      { code: 'leftovers', sentence: { text: expect.stringContaining('were terminated') } },
    ]);
    const left = await readdir(join(folder, 'run'));
    expect(left.filter((name) => files.includes(name))).toEqual([]);
    await vi.waitFor(() => expect(second.state().backend.phase).toBe('ready'), WAIT);
  });

  it('do not include processes of another data folder, guarded ones, or ones without a marker', async () => {
    const [folder, other] = [await home(), await home()];
    const [lost, watched] = ['1'.repeat(32), '2'.repeat(32)];
    const own = (marker: string, more = {}) => ({ HEADROOM_MARKER: marker, HEADROOM_HOME: folder, ...more });
    // A real guardian would terminate what it watches when its pipe closes: its name is enough.
    const named = orphan({}, ['-c', 'import time; time.sleep(300)', '/somewhere/guardian.py', watched]);
    const gone = orphan(own(lost));
    const protection = [
      orphan(own(watched)),
      orphan(own('3'.repeat(32), { HEADROOM_HOME: other })),
      orphan({ HEADROOM_HOME: folder }),
      named,
    ];
    const run = join(folder, 'run');
    await mkdir(run, { recursive: true });
    for (const name of [`${lost}.json`, `${watched}.json`, 'worker-00000000.sock', 'notes.txt'])
      await writeFile(join(run, name), '');

    await openPlane(folder);
    expect(isAlive(gone)).toBe(false);
    expect(protection.filter((pid) => !isAlive(pid))).toEqual([]);
    const left = await readdir(run);
    expect(left).toEqual(expect.arrayContaining([`${watched}.json`, 'notes.txt']));
    expect(left).not.toContain(`${lost}.json`);
    expect(left).not.toContain('worker-00000000.sock');
  });
});
