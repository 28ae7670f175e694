import { describe, expect, it } from 'vitest';
import { type Clearing, PanelError, type Tick } from '#contract';
import { type ClearingSteps, clearAndRestart } from './clearing.ts';

const tick = (used: number | null, ours: number | null): Tick => ({
  time: Date.now(),
  gpus: [
    {
      ...{ uuid: 'GPU-1', index: 0, state: 'ok', memoryTotalMiB: 1_000, memoryReservedMiB: 0, memoryUsedMiB: used },
      ...{ memoryFreeMiB: null, utilizationGpu: null, temperature: null, powerDrawW: null, powerLimitW: null },
      ours:
        ours === null
          ? null
          : { usedMiB: ours, contextMiB: 0, weightsMiB: 0, kvCacheMiB: 0, workingSetMiB: 0, keptMiB: 0 },
    },
  ],
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
    stop: async () => free(),
    start: async () => undefined,
    oursOnGpu: async () => false,
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
    });
    expect(last()?.steps.map((step) => step.name)).toEqual(['measure', 'stop', 'wait', 'start', 'done']);
  });

  it('starts again although the memory did not come back, and says so', async () => {
    let starts = 0;
    const start = async () => {
      starts += 1;
    };
    const { steps, last } = card({ stop: async () => undefined, start });
    await clearAndRestart(steps, 300);
    expect(last()?.problem).toContain('did not come back within 0.3 seconds');
    expect(starts).toBe(1);
  });

  it('waits while a process of ours is still on the GPU', async () => {
    let looks = 0;
    const oursOnGpu = async () => {
      looks += 1;
      return looks < 3;
    };
    const { steps, last } = card({ oursOnGpu });
    await clearAndRestart(steps);
    expect(looks).toBeGreaterThanOrEqual(3);
    expect(last()?.problem).toBeNull();
  });

  it('takes the guardian’s word where nothing can be measured', async () => {
    const oursOnGpu = async () => {
      throw new PanelError('not_ready', 'nvidia-smi does not answer.');
    };
    const { steps, last } = card({ oursOnGpu, latest: () => null });
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
