import { describe, expect, it } from 'vitest';
import { type Clearing, type GpuProcess, PanelError, type Tick } from '#contract';
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
          : { usedMiB: ours, contextMiB: 0, weightsMiB: 0, kvCacheMiB: 0, workingSetMiB: 0, keptMiB: 0 },
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
  const told: Clearing[] = [];
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
    tell: (clearing) => told.push(clearing),
    ...more,
  };
  return { steps, told, free, last: () => told.at(-1) };
}

describe('clear and restart', () => {
  it('tells each step, what was held and what is left', async () => {
    const { steps, last } = card();
    await clearAndRestart(steps);
    expect(last()).toMatchObject({
      active: false,
      problem: null,
      beforeMiB: { 'GPU-1': 600 },
      afterMiB: { 'GPU-1': 200 },
      swept: { files: 2 },
      changes: [{ name: 'LBS_GPU_MEMORY_LIMIT', to: 0.8 }],
    });
    expect(last()?.steps.map((step) => step.name)).toEqual(['measure', 'stop', 'sweep', 'wait', 'start', 'done']);
  });

  it('starts again although the memory did not come back, and says who holds it', async () => {
    let starts = 0;
    const start = async () => {
      starts += 1;
    };
    const processes = async () => [holder()];
    const { steps, last } = card({ stop: async () => undefined, start, processes });
    await clearAndRestart(steps, 600);
    expect(last()?.problem).toContain('did not come back within 0.6 seconds: 390 MiB on GPU 0.');
    expect(last()?.problem).toContain('No process that nvidia-smi lists holds it');
    expect(starts).toBe(1);
  });

  it('keeps who held it before and who holds it after', async () => {
    let stopped = false;
    const mine = holder({ pid: 13, ours: true, spared: 'backend' });
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
    let looks = 0;
    const processes = async () => {
      looks += 1;
      return looks < 4 ? [holder({ ours: true })] : [];
    };
    const { steps, last } = card({ processes });
    await clearAndRestart(steps);
    expect(looks).toBeGreaterThanOrEqual(4);
    expect(last()?.problem).toBeNull();
  });

  it('says what the processes hold that a stop could not end', async () => {
    const reason = {
      code: 'stuck',
      message: '',
      advice: null,
      exitCode: null,
      signal: null,
      lines: [],
      pids: [12, 99],
    };
    const stop = async () => {
      throw new PanelError('backend_error', 'It will not.', { reason });
    };
    const { steps, last } = card({ stop, processes: async () => [holder({ ours: true })] });
    await expect(clearAndRestart(steps)).rejects.toThrow();
    expect(last()?.problem).toBe(
      'It will not. Process 12 holds 400 MiB of the GPUs. Process 99 holds no memory of the GPUs.',
    );
    expect(last()?.after).toHaveLength(1);
  });

  it('takes the guardian’s word where nothing can be measured', async () => {
    const processes = async () => {
      throw new PanelError('not_ready', 'nvidia-smi does not answer.');
    };
    const { steps, last } = card({ processes, latest: () => null });
    await clearAndRestart(steps);
    expect(last()).toMatchObject({ active: false, problem: null, beforeMiB: {}, afterMiB: {} });
  });

  it.each(['stop', 'start'] as const)('is over, with the sentence, where the %s fails', async (step) => {
    const fail = async () => {
      throw new PanelError('backend_error', 'It will not.');
    };
    const { steps, last } = card({ [step]: fail });
    await expect(clearAndRestart(steps)).rejects.toMatchObject({ message: 'It will not.' });
    expect(last()).toMatchObject({ active: false, problem: 'It will not.' });
  });
});
