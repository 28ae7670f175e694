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
  const seen = { restarts: 0, held: [] as boolean[], told: [] as (Applying | null)[], failed: 0 };
  let current = first;
  let holding: () => void = () => undefined;
  const client = {
    hold: async (hold: boolean) => {
      seen.held.push(hold);
      holding();
    },
  };
  const applying = createApplying({
    client: () => client,
    current: () => current,
    restart: async () => {
      seen.restarts += 1;
    },
    settings: () => ({ desired: defaultSettings, running: defaultSettings, overrides: {} }),
    onWaiting: (next) => seen.told.push(next),
    onApplied: () => undefined,
    onFailed: () => {
      seen.failed += 1;
    },
  });
  const become = (next: Run | null) => {
    current = next;
    applying.update();
  };
  return { seen, applying, become, whileHolding: (act: () => void) => (holding = act) };
}

describe('apply', () => {
  it('restarts at once where no run is on, whenever it was asked for', async () => {
    const { seen, applying } = world(null);
    expect(await applying.apply('afterRun')).toEqual({ differing: [] });
    expect(seen).toMatchObject({ restarts: 1, held: [] });
  });

  it('waits for the run that is on, holds what follows, and restarts once', async () => {
    const { seen, applying, become } = world(run('a'));
    expect(await applying.apply('afterRun')).toBeNull();
    expect(seen).toMatchObject({ restarts: 0, held: [true] });
    expect(seen.told.at(-1)).toMatchObject({ reqId: 'a' });
    become(run('a'));
    expect(seen.restarts).toBe(0);
    become(null);
    become(null);
    expect(seen.restarts).toBe(1);
    expect(seen.told.at(-1)).toBeNull();
  });

  it('lets the queue go on when it is taken back', async () => {
    const { seen, applying, become } = world(run('a'));
    await applying.apply('afterRun');
    await applying.cancel();
    become(null);
    expect(seen).toMatchObject({ restarts: 0, held: [true, false] });
  });

  it('"now" takes over from "after this run"', async () => {
    const { seen, applying, become } = world(run('a'));
    await applying.apply('afterRun');
    await applying.apply('now');
    become(null);
    expect(seen.restarts).toBe(1);
  });

  it('restarts at once where the run ended while the backend was asked to hold', async () => {
    const { seen, applying, become, whileHolding } = world(run('a'));
    whileHolding(() => become(null));
    expect(await applying.apply('afterRun')).not.toBeNull();
    expect(seen.restarts).toBe(1);
  });
});

it('says what was asked for and is not in force, and whether the shell is why', () => {
  const desired = { ...defaultSettings, LBS_GPU_MEMORY_LIMIT: 0.5, LBS_TORCH_DTYPE: 'float32' as const };
  const { differing } = compare({ desired, running: defaultSettings, overrides: { LBS_GPU_MEMORY_LIMIT: '0' } });
  expect(differing).toEqual([
    { name: 'LBS_GPU_MEMORY_LIMIT', asked: 0.5, inForce: 0, because: 'environment' },
    { name: 'LBS_TORCH_DTYPE', asked: 'float32', inForce: 'float16', because: 'unknown' },
  ]);
});
