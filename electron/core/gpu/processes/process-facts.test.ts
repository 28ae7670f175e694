import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ProcessInfo } from '../../proc/index.ts';
import { createProcessFacts } from './process-facts.ts';

/** The facts in /proc by pid, and the reads. */
const proc = vi.hoisted(() => ({
  now: new Map<number, { startTime: number; parent: number }>(),
  read: [] as number[],
}));
vi.mock('../../proc/index.ts', () => ({
  statOf: async (pid: number) => proc.now.get(pid) ?? null,
  commandOf: ({ args }: ProcessInfo) => args.join(' '),
  executableOf: async () => null,
  containerOf: async () => ({ runtime: 'docker', id: '0123456789ab' }),
  async processOf(pid: number): Promise<Partial<ProcessInfo> | null> {
    proc.read.push(pid);
    const found = proc.now.get(pid);
    return found ? { pid, uid: 0, args: ['a', 'b'], comm: 'a', ...found } : null;
  },
}));

beforeEach(() => proc.now.set(7, { startTime: 5, parent: 1 }));
afterEach(() => {
  proc.now.clear();
  proc.read.length = 0;
});

describe('the facts about a process', () => {
  it('are read once', async () => {
    const book = createProcessFacts();
    const first = await book.of({ pid: 7, name: 'a' });
    expect(first).toMatchObject({ command: 'a b', container: { runtime: 'docker' }, parentPid: 1, startTime: 5 });
    proc.now.set(7, { startTime: 5, parent: 2 });
    expect(await book.of({ pid: 7, name: 'a' })).toEqual({ ...first, parentPid: 2 });
    expect(proc.read).toEqual([7]);
  });

  it('are read again for a reused pid, and for another program in the process', async () => {
    const book = createProcessFacts();
    await book.of({ pid: 7, name: 'a' });
    await book.of({ pid: 7, name: 'b' });
    proc.now.set(7, { startTime: 6, parent: 1 });
    expect(await book.of({ pid: 7, name: 'b' })).toMatchObject({ startTime: 6 });
    expect(proc.read).toEqual([7, 7, 7]);
  });

  it('are discarded with the process', async () => {
    const book = createProcessFacts();
    await book.of({ pid: 7, name: 'a' });
    book.keep([8]);
    await book.of({ pid: 7, name: 'a' });
    expect(proc.read).toEqual([7, 7]);
    proc.now.delete(7);
    expect(await book.of({ pid: 7, name: 'a' })).toMatchObject({ info: null, startTime: null, command: null });
  });
});
