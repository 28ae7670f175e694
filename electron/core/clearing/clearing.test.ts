import { describe, expect, it } from 'vitest';
import { type Clearing, type GpuProcess, PanelError, type Tick, verbatim } from '#contract';
import { gpuProcess, gpuSample } from '#samples';
import { type ClearingSteps, clearAndRestart } from './clearing.ts';

const tick = (used: number | null, ours: number | null): Tick => ({
  time: Date.now(),
  gpus: [
    {
      ...gpuSample({ uuid: 'GPU-1', memoryTotalMiB: 1_000, memoryReservedMiB: 0, memoryUsedMiB: used }),
      ours:
        ours === null
          ? null
          : { usedMiB: ours, contextMiB: 0, weightsMiB: 0, kvCacheMiB: 0, activationsMiB: 0, keptMiB: 0 },
    },
  ],
  host: null,
});

const holder = (more: Partial<GpuProcess> = {}): GpuProcess => ({
  ...gpuProcess({ gpuUuid: 'GPU-1', pid: 12, name: 'python3', user: 'alice', since: 1, startTime: 5, usedMiB: 400 }),
  ...more,
});

/** A card on which 600 MiB are used, 400 of them ours, until `free` is called. */
function card(more: Partial<ClearingSteps> = {}) {
  let now = () => tick(600, 400);
  const reports: Clearing[] = [];
  const free = (used: number | null = 200) => {
    now = () => tick(used, null);
  };
  const steps: ClearingSteps = {
    latest: () => now(),
    recent: () => [now()],
    processes: async () => [],
    changes: () => [{ name: 'LBS_GPU_MEMORY_LIMIT', from: 0, to: 0.8 }],
    stop: async () => free(),
    sweep: async () => ({ processes: [{ pid: 7, name: 'python -m lbs.worker', gone: true }], files: 2 }),
    start: async () => undefined,
    report: (clearing) => reports.push(clearing),
    ...more,
  };
  const last = () => reports.at(-1);
  return { steps, free, last, problems: () => last()?.problems.map(({ text }) => text) };
}

describe('clear and restart', () => {
  it('reports each step, the memory before and the memory after', async () => {
    const { steps, last } = card();
    await clearAndRestart(steps);
    expect(last()).toMatchObject({
      active: false,
      problems: [],
      beforeMiB: { 'GPU-1': 600 },
      afterMiB: { 'GPU-1': 200 },
      swept: { files: 2 },
      changes: [{ name: 'LBS_GPU_MEMORY_LIMIT', to: 0.8 }],
    });
    expect(last()?.steps.map((step) => step.name)).toEqual(['measure', 'stop', 'sweep', 'wait', 'start', 'done']);
  });

  it('restarts although the memory was not freed, and names what holds it', async () => {
    let starts = 0;
    const start = async () => {
      starts += 1;
    };
    const processes = async () => [holder()];
    const { steps, last } = card({ stop: async () => undefined, start, processes });
    await clearAndRestart(steps, 600);
    expect(last()?.problems).toMatchObject([
      {
        code: 'clearing.notFreed',
        values: { seconds: 0.6 },
        text: expect.stringContaining('within 0.6 s: 390 MiB on GPU 0.'),
      },
      { code: 'clearing.noHolder' },
    ]);
    expect(starts).toBe(1);
  });

  it('reports the processes before and after', async () => {
    let stopped = false;
    const mine = holder({ pid: 13, ours: true, protection: 'backend' });
    const { steps, last, free } = card({ processes: async () => (stopped ? [holder()] : [holder(), mine]) });
    await clearAndRestart({
      ...steps,
      stop: async () => {
        stopped = true;
        free();
      },
    });
    expect(last()?.before.map(({ pid }) => pid)).toEqual([12, 13]);
    expect(last()?.after?.map(({ pid }) => pid)).toEqual([12]);
  });

  it('waits while a process of ours is still on the GPU', async () => {
    let queries = 0;
    const processes = async () => {
      queries += 1;
      return queries < 4 ? [holder({ ours: true })] : [];
    };
    const { steps, last } = card({ processes });
    await clearAndRestart(steps);
    expect(queries).toBeGreaterThanOrEqual(4);
    expect(last()?.problems).toEqual([]);
  });

  it('reports the memory of processes that a stop could not terminate', async () => {
    const reason = {
      code: 'stuck',
      sentence: verbatim(''),
      advice: null,
      exitCode: null,
      signal: null,
      lines: [],
      pids: [12, 99],
    };
    const stop = async () => {
      throw new PanelError('backend_error', verbatim('It will not.'), { reason });
    };
    const { steps, last, problems } = card({ stop, processes: async () => [holder({ ours: true })] });
    await expect(clearAndRestart(steps)).rejects.toThrow();
    expect(problems()).toEqual([
      'It will not.',
      'Process 12 holds 400 MiB of GPU memory.',
      'Process 99 holds no GPU memory.',
    ]);
    expect(last()?.after).toHaveLength(1);
  });

  it('trusts the guardian where nothing can be measured', async () => {
    const processes = async () => {
      throw new PanelError('not_ready', verbatim('nvidia-smi does not answer.'));
    };
    const { steps, last } = card({ processes, latest: () => null });
    await clearAndRestart(steps);
    expect(last()).toMatchObject({ active: false, problems: [], beforeMiB: {}, afterMiB: {} });
  });

  it.each(['stop', 'start'] as const)('ends with the error where the %s fails', async (step) => {
    const fail = async () => {
      throw new PanelError('backend_error', verbatim('It will not.'));
    };
    const { steps, last, problems } = card({ [step]: fail });
    await expect(clearAndRestart(steps)).rejects.toMatchObject({ message: 'It will not.' });
    expect(last()?.active).toBe(false);
    expect(problems()).toEqual(['It will not.']);
  });
});
