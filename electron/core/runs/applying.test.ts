import { describe, expect, it } from 'vitest';
import { type Applying, defaultSettings, type Run, runSchema } from '#contract';
import { compare, createApplying } from './applying.ts';

const run = (req_id: string): Run =>
  runSchema.parse({
    req_id,
    dataset: 'Needle/x',
    model: '/m',
    status: 'processing',
    current_item: 3,
    total_items: 7,
    current_question: '',
    start_time: null,
    last_update_time: null,
    estimated_remaining_seconds: null,
    progress_percentage: 40,
    error: null,
    error_code: null,
    parameters: {},
    resumes: null,
    result: null,
  });

/** A world in which `holding` lets a test change it while the backend is asked to hold. */
function world(first: Run | null) {
  const calls = { restarts: 0, held: [] as boolean[], published: [] as (Applying | null)[], failed: 0 };
  let current = first;
  let holding: () => void = () => undefined;
  const client = {
    hold: async (hold: boolean) => {
      calls.held.push(hold);
      holding();
    },
  };
  const applying = createApplying({
    client: () => client,
    current: () => current,
    restart: async () => {
      calls.restarts += 1;
    },
    settings: () => ({ desired: defaultSettings, running: defaultSettings, overrides: {} }),
    onWaiting: (next) => calls.published.push(next),
    onApplied: () => undefined,
    onFailed: () => {
      calls.failed += 1;
    },
  });
  const become = (next: Run | null) => {
    current = next;
    applying.update();
  };
  return { calls, applying, become, whileHolding: (act: () => void) => (holding = act) };
}

describe('apply', () => {
  it('restarts at once where no run is in progress, for either choice', async () => {
    const { calls, applying } = world(null);
    expect(await applying.apply('afterRun')).toEqual({ differing: [] });
    expect(calls).toMatchObject({ restarts: 1, held: [] });
  });

  it('waits for the run in progress, holds queued runs, and restarts once', async () => {
    const { calls, applying, become } = world(run('a'));
    expect(await applying.apply('afterRun')).toBeNull();
    expect(calls).toMatchObject({ restarts: 0, held: [true] });
    expect(calls.published.at(-1)).toMatchObject({ reqId: 'a' });
    become(run('a'));
    expect(calls.restarts).toBe(0);
    become(null);
    become(null);
    expect(calls.restarts).toBe(1);
    expect(calls.published.at(-1)).toBeNull();
  });

  it('releases the queue when it is cancelled', async () => {
    const { calls, applying, become } = world(run('a'));
    await applying.apply('afterRun');
    await applying.cancel();
    become(null);
    expect(calls).toMatchObject({ restarts: 0, held: [true, false] });
  });

  it('"now" takes over from "after this run"', async () => {
    const { calls, applying, become } = world(run('a'));
    await applying.apply('afterRun');
    await applying.apply('now');
    become(null);
    expect(calls.restarts).toBe(1);
  });

  it('restarts at once where the run finished while the backend was asked to hold', async () => {
    const { calls, applying, become, whileHolding } = world(run('a'));
    whileHolding(() => become(null));
    expect(await applying.apply('afterRun')).not.toBeNull();
    expect(calls.restarts).toBe(1);
  });
});

it('reports what is not in effect, and whether the environment is the reason', () => {
  const desired = { ...defaultSettings, LBS_GPU_MEMORY_LIMIT: 0.5, LBS_TORCH_DTYPE: 'float32' as const };
  const { differing } = compare({ desired, running: defaultSettings, overrides: { LBS_GPU_MEMORY_LIMIT: '0' } });
  expect(differing).toEqual([
    { name: 'LBS_GPU_MEMORY_LIMIT', asked: 0.5, inForce: 0, because: 'environment' },
    { name: 'LBS_TORCH_DTYPE', asked: 'float32', inForce: null, because: 'unknown' },
  ]);
});
