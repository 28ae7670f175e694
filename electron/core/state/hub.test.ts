import { expect, it } from 'vitest';
import type { PanelState } from '#contract';
import { createHub } from './hub.ts';

it('numbers every change, keeps old snapshots unchanged, and notifies once per turn', async () => {
  const hub = createHub({ notices: [] } as unknown as PanelState);
  const seen: number[] = [];
  const stop = hub.onState((state) => seen.push(state.revision));
  const before = hub.state();
  hub.set({ notices: [] });
  hub.set({ events: [] });
  await Promise.resolve();
  expect(seen).toEqual([2]);
  expect(before.revision).toBe(0);
  stop();
  hub.set({ events: [] });
  await Promise.resolve();
  expect(seen).toEqual([2]);
});
