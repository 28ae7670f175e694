import { expect, it } from 'vitest';
import type { GpuConditions } from '#contract';
import { conditionLines, energyOf, spillLines } from './condition-lines.ts';

const gpu = (given: Partial<GpuConditions> = {}): GpuConditions => ({
  uuid: 'GPU-0',
  sampledSeconds: 271,
  energyJ: 54_200,
  poweredSeconds: 271,
  throttled: { least: 0, most: 0 },
  reasons: [],
  oursMaxMiB: 900,
  others: [],
  ...given,
});
const over = (...gpus: GpuConditions[]) => ({ span: { from: 0, to: 271_000 }, gpus });
const t = (key: string, values: Record<string, unknown> = {}) =>
  [key.split('.').at(key.endsWith('name') ? -2 : -1), ...Object.values(values)].join(' ');
const lines = (...gpus: GpuConditions[]) =>
  conditionLines(over(...gpus), t).map(({ kind, text }) => `${kind}: ${text}`);

it('says what slowed a run, and that nothing did', () => {
  expect(lines(gpu())).toEqual(['calm: calm']);
  const capped = {
    throttled: { least: 41, most: 41 },
    reasons: [{ reason: 'sw_power_cap', least: 41, most: 41 } as const],
  };
  expect(lines(gpu(capped))).toEqual(['slow: throttled 41 271 sw_power_cap']);
  expect(lines(gpu({ ...capped, throttled: { least: 30, most: 60 } }))).toEqual([
    'slow: throttled between 30 60 271 sw_power_cap',
  ]);
  expect(lines(gpu({ others: [{ pid: 1, name: '/opt/train.py', seconds: 100, maxMiB: 4096 }] }))).toEqual([
    'slow: shared process train.py 4.00 GiB 100',
  ]);
  expect(lines(gpu({ others: [{ pid: 1, name: 'Xorg', seconds: 9, maxMiB: 12 }] }))).toEqual([
    'calm: notThrottled',
    'note: beside process Xorg 12.0 MiB 9',
  ]);
});

it('never takes what is unknown for calm', () => {
  expect(lines(gpu({ throttled: null, others: null }))).toEqual(['unknown: noReasons', 'unknown: noProcesses']);
  expect(lines(gpu({ sampledSeconds: 200 }))).toEqual(['unknown: gap 71 271']);
  expect(lines()).toEqual(['unknown: noSamples']);
  expect(conditionLines({ span: null, gpus: [] }, t)).toHaveLength(1);
});

it('adds up the energy of all GPUs, or none where one is unknown', () => {
  expect(energyOf(over(gpu(), gpu({ energyJ: 800, poweredSeconds: 200 })))).toEqual({ joules: 55_000, seconds: 200 });
  expect(energyOf(over(gpu(), gpu({ energyJ: null })))).toBeNull();
});

it('says that weights or a KV cache were in system RAM, and how much slower that was', () => {
  const result = { score: 1, notes: [], peak_memory: {}, offload: 5, offload_share: 0.25 };
  const spilled = (more: object) => spillLines({ result: { ...result, ...more } }, t).map(({ text }) => text);
  expect(spilled({})).toEqual(['offload 25']);
  expect(spilled({ offload_slowdown: 3.04, kv_cache: 'offloaded' })).toEqual(['offloadSlower 25 3.0', 'cacheOff']);
  expect(spilled({ offload: 0 })).toEqual([]);
  expect(spillLines({ result: null }, t)).toEqual([]);
});
