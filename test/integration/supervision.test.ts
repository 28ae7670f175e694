import { readdirSync } from 'node:fs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { misbehaving } from '../fixtures/misbehaving.ts';
import { canLook, wordsOf } from '../fixtures/processes.ts';

let start: Awaited<ReturnType<typeof misbehaving>>;
afterEach(async () => {
  await start.remove();
  expect(start.processes()).toEqual([]);
});

const supervise = async (...words: Parameters<typeof misbehaving>) => {
  start = await misbehaving(...words);
};
const ready = async () => {
  start.supervisor.start();
  await start.supervisor.whenReady();
};
const last = () => start.states.at(-1);

describe('the supervisor over real processes', () => {
  it('starts, reads events with garbage among them, restarts, stops; two never run at once', async () => {
    await supervise('good');
    await ready();
    await vi.waitFor(() => expect(start.healths).toHaveLength(1), 20_000);
    const first = start.healths[0]?.pid;
    start.supervisor.restart();
    await start.supervisor.whenReady();
    await vi.waitFor(() => expect(start.healths).toHaveLength(2), 20_000);
    expect(start.healths[1]?.pid).not.toBe(first);
    expect(start.marked()).toEqual([start.healths[1]?.pid]);
    expect(readdirSync(start.run)).toHaveLength(1);
  });

  it('starts nothing that would listen beyond this machine unasked', async () => {
    await supervise('good', { exposedHost: '0.0.0.0' });
    await expect(ready()).rejects.toMatchObject({ sentence: { code: 'backend.exposedHost' } });
    expect(last()).toMatchObject({ phase: 'failed', reason: { code: 'not_allowed' }, failures: [expect.any(Number)] });
    expect(start.marked()).toEqual([]);
  });

  it('never retries a configuration error, and reports its sentence', async () => {
    await supervise('config');
    await expect(ready()).rejects.toMatchObject({
      code: 'backend_error',
      message: expect.stringContaining('LBS_TORCH_DTYPE must be float16.'),
    });
    expect(last()).toMatchObject({ phase: 'failed', instance: 1, reason: { code: 'configuration', exitCode: 2 } });
  });

  it('retries a crash, with the exit code and the last lines', async () => {
    await supervise('crash');
    await expect(ready()).rejects.toMatchObject({ code: 'backend_error' });
    expect(last()).toMatchObject({
      phase: 'backoff',
      reason: { code: 'crash', exitCode: 3, lines: ['about to fail'] },
    });
    await vi.waitFor(() => expect(last()?.instance).toBe(2), 20_000);
  });

  it('terminates one that ignores both the request and TERM, and what left its session', async () => {
    await supervise('deaf,family,daemon');
    await ready();
    expect(start.marked().length).toBe(2);
    const daemon = (await start.daemon()) ?? 0;
    start.supervisor.stop();
    await start.supervisor.whenStopped();
    expect(last()?.phase).toBe('stopped');
    expect(wordsOf(daemon)).toEqual([]);
    expect(start.processes()).toEqual([]);
  });

  it('detects the crash of a leader whose child still holds the terminal, and leaves no process', async () => {
    await supervise('family');
    await ready();
    await vi.waitFor(() => expect(start.healths).toHaveLength(1), 20_000);
    process.kill(start.healths[0]?.pid ?? 0, 'SIGKILL');
    await vi.waitFor(() => expect(last()?.phase).toBe('backoff'), 20_000);
    expect(last()?.reason).toMatchObject({ code: 'crash', signal: 'SIGKILL' });
    expect(start.processes()).toEqual([]);
  });

  it.runIf(canLook)('leaves no daemon of a clean environment behind', async () => {
    await supervise('daemon');
    await ready();
    const daemon = (await start.daemon()) ?? 0;
    expect(wordsOf(daemon)).toEqual(['sleep', '300']);
    start.supervisor.stop();
    await start.supervisor.whenStopped();
    expect(wordsOf(daemon)).toEqual([]);
  });

  it.runIf(canLook)('replaces a guardian that was killed', async () => {
    await supervise('family');
    await ready();
    const guardians = () => start.processes().filter((pid) => !start.marked().includes(pid));
    const [killed] = guardians();
    process.kill(killed ?? 0, 'SIGKILL');
    await vi.waitFor(() => expect(guardians().some((pid) => pid !== killed)).toBe(true), 20_000);
    start.supervisor.stop();
    await start.supervisor.whenStopped();
    expect(start.processes()).toEqual([]);
  });

  it('a stop during the start and a start during the stop both take effect', async () => {
    await supervise('mute');
    start.supervisor.start();
    start.supervisor.stop();
    const stopped = start.supervisor.whenStopped();
    start.supervisor.start();
    await stopped;
    await vi.waitFor(() => expect(last()).toMatchObject({ phase: 'starting', instance: 2 }), 20_000);
  });

  it('reports that there is no Python', async () => {
    await supervise('good', { python: '/nowhere/python' });
    await expect(ready()).rejects.toMatchObject({ message: expect.stringContaining('no Python at /nowhere/python') });
    expect(last()).toMatchObject({ phase: 'failed', reason: { code: 'missing_python' } });
  });
});
