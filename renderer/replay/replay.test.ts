import { afterEach, expect, it } from 'vitest';
import type { Recording } from '#contract';
import { panelState } from '#recorded';
import { gpuSample, tickOf } from '#samples';
import { useLive } from '../store.ts';
import { closeReplay, openReplay, useReplayed } from './replay.ts';

const T = 1_700_000_000_000;
const recording: Recording = {
  header: { format: 'headroom-recording', version: 1, time: T, headroom: '0' },
  ...{ from: T, to: T + 1_000, truncated: false, state: new Map() },
  ...{ ticks: [tickOf(T, gpuSample({}))], log: [], runs: [] },
};

afterEach(() => {
  closeReplay();
  useLive.setState({ state: null });
});

it('gives way to the question whether to close, which a recording would refuse to answer', () => {
  openReplay('one', recording);
  useLive.setState({ state: panelState() });
  expect(useReplayed.getState().replay?.name).toBe('one');
  useLive.setState({ state: panelState({ closing: true }) });
  expect(useReplayed.getState().replay).toBeNull();
});
