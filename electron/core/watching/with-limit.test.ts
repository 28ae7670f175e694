import { expect, it } from 'vitest';
import { defaultSettings, type Limit, verbatim } from '#contract';
import { panelState } from '#recorded';
import { gpuSample, tickOf } from '#samples';
import { withLimit } from './with-limit.ts';

const { backend, settings } = panelState();
const running = (limit: Limit) => ({ ...settings, running: { LBS_GPU_MEMORY_LIMIT: limit } });
const tick = tickOf(1, gpuSample({ memoryTotalMiB: 10_001 }), gpuSample({ uuid: 'GPU-1', memoryTotalMiB: null }));
const limits = (state: Parameters<typeof withLimit>[1]) => withLimit(tick, state).gpus.map(({ limitMiB }) => limitMiB);

it('adds the limit that the running backend reports, in MiB of each card', () => {
  expect(limits({ backend, settings: running(0.8) })).toEqual([8_001, undefined]);
  expect(limits({ backend, settings: running('9000MiB') })).toEqual([9_000, undefined]);
  expect(limits({ backend, settings: running('-1001MiB') })).toEqual([9_000, undefined]);
  expect(limits({ backend, settings: running(0) })).toEqual([undefined, undefined]);
});

it('adds none where the limit is only chosen, or could not be applied', () => {
  const desired = { ...defaultSettings, LBS_GPU_MEMORY_LIMIT: 0.8 };
  expect(limits({ backend, settings: { ...settings, desired, running: null } })).toEqual([undefined, undefined]);
  const unable = { ...backend, phase: 'ready' as const, limits: [], limitNote: verbatim('not applied') };
  expect(limits({ backend: unable, settings: running(0.8) })).toEqual([undefined, undefined]);
});
