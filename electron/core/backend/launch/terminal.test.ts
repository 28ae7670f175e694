import { describe, expect, it } from 'vitest';
import { startTerminal } from './terminal.ts';

/** Runs a Node program to its end; on pipes where `pty` is null. `room`: the promise that pauses it. */
async function play(program: string, pty?: null, room?: Promise<void>) {
  let output = '';
  const asked = { command: process.execPath, args: ['-e', program], cwd: process.cwd() };
  const env = { PATH: process.env.PATH ?? '' };
  const ended = new Promise<[number | null, string | null]>((resolve, reject) => {
    const onData = (text: string) => {
      output += text;
      return room;
    };
    const about = { ...asked, env, onData, onExit: (...exit: [number | null, string | null]) => resolve(exit) };
    (pty === null ? startTerminal(about, null) : startTerminal(about)).catch(reject);
  });
  return { exit: await ended, output: () => output };
}

const lines = (count: number) => `for (let i = 0; i < ${count}; i++) console.log('line ' + i + ' ' + 'x'.repeat(80));`;

describe.each([['as it comes', undefined] as const, ['on pipes', null] as const])('a terminal %s', (_, pty) => {
  it('reports the output with terminal line ends, and the exit code', async () => {
    const { exit, output } = await play('console.log("one"); console.error("two"); process.exitCode = 3', pty);
    expect(exit).toEqual([3, null]);
    expect(output().split('\r\n').sort()).toEqual(['', 'one', 'two']);
  });

  it('reports the signal by name', async () => {
    expect((await play('process.kill(process.pid, "SIGUSR2"); setTimeout(() => {}, 60e3)', pty)).exit).toEqual([
      null,
      'SIGUSR2',
    ]);
  });

  it('pauses the program, and loses nothing', async () => {
    // More than a pipe and the read-ahead hold: only then must the program wait.
    const began = Date.now();
    const room = new Promise<void>((resolve) => setTimeout(resolve, 600));
    const { exit, output } = await play(`${lines(20_000)}process.exitCode = 3`, pty, room);
    expect(exit).toEqual([3, null]);
    expect(output().match(/line \d+/g)).toHaveLength(20_000);
    expect(Date.now() - began).toBeGreaterThanOrEqual(600);
  });

  it('reports the last lines of a program that exited while paused', async () => {
    const { exit, output } = await play(`${lines(100)}process.exitCode = 3`, pty, new Promise(() => undefined));
    expect(exit).toEqual([3, null]);
    expect(output().match(/line \d+/g)).toHaveLength(100);
  });

  it('reports the exit while a detached child still holds the output', async () => {
    const child = 'require("child_process").spawn(process.execPath, ["-e", "setTimeout(() => {}, 60e3)"]';
    const program = `const c = ${child}, { stdio: "inherit", detached: true }); console.log("pid " + c.pid + "."); c.unref(); setTimeout(() => process.exit(0), 100)`;
    const began = Date.now();
    const { exit, output } = await play(program, pty);
    process.kill(Number(/pid (\d+)/.exec(output())?.[1]), 'SIGKILL');
    expect(exit).toEqual([0, null]);
    expect(Date.now() - began).toBeLessThan(30_000);
  });
});

it('fails where there is no such program', async () => {
  const nothing = {
    command: '/nowhere/python',
    args: [],
    cwd: '/',
    env: {},
    onData: () => undefined,
    onExit: () => {},
  };
  await expect(startTerminal(nothing, null)).rejects.toThrow('ENOENT');
});
