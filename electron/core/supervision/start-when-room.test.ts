import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { BackendState } from '#contract';
import { createListeners } from '../base/index.ts';
import { stoppedBackend } from './backend-state.ts';
import { startWhenRoom } from './start-when-room.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function watch() {
  const phases = createListeners<{ backend: BackendState }>();
  const disk = { room: false };
  const start = vi.fn(() => Promise.reject(new Error('failed')));
  startWhenRoom({ onPhase: phases.add, folder: () => '/data', start, hasRoom: async () => disk.room });
  const to = (phase: BackendState['phase'], code: 'disk_full' | 'database' = 'disk_full') => {
    const reason = { code, sentence: { code: 'x', values: {}, text: 'x' }, advice: null, exitCode: 2, signal: null };
    phases.notify({ backend: { ...stoppedBackend, phase, reason: { ...reason, lines: [] } } });
  };
  return { disk, start, to };
}

it('starts once there is room, and waits longer after each failure', async () => {
  const { disk, start, to } = watch();
  to('failed');
  await vi.advanceTimersByTimeAsync(60_000);
  expect(start).not.toHaveBeenCalled();
  disk.room = true;
  await vi.advanceTimersByTimeAsync(10_000);
  expect(start).toHaveBeenCalledTimes(1);
  to('starting');
  to('failed');
  await vi.advanceTimersByTimeAsync(19_000);
  expect(start).toHaveBeenCalledTimes(1);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(start).toHaveBeenCalledTimes(2);
});

it.each(['stopped', 'starting'] as const)(
  'leaves alone a backend that is %s by then, and other failures',
  async (phase) => {
    const { disk, start, to } = watch();
    disk.room = true;
    to('failed');
    to(phase);
    await vi.advanceTimersByTimeAsync(60_000);
    to('failed', 'database');
    await vi.advanceTimersByTimeAsync(60_000);
    expect(start).not.toHaveBeenCalled();
  },
);
