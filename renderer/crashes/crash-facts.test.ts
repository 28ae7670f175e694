import { describe, expect, it } from 'vitest';
import { type CrashReport, defaultSettings, type GpuSample, verbatim } from '#contract';
import { gpuSample } from '#samples';
import { crashPeaks, crashSettings } from './crash-facts.ts';

const gpu = (index: number, memoryUsedMiB: number | null, ours: number | null = null): GpuSample => ({
  ...gpuSample({ uuid: `GPU-${index}`, index, memoryTotalMiB: 256, memoryUsedMiB }),
  ours:
    ours === null
      ? null
      : { usedMiB: ours, contextMiB: 0, weightsMiB: 0, kvCacheMiB: 0, activationsMiB: 0, keptMiB: 0 },
});

const report = (settings: CrashReport['settings'], gpus: GpuSample[][] = []): CrashReport => ({
  kind: 'crash',
  time: 0,
  lastHour: 1,
  reason: { code: 'crash', sentence: verbatim(''), advice: null, exitCode: 1, signal: null, lines: [] },
  versions: {
    headroom: '0',
    backend: null,
    python: null,
    torch: null,
    cuda: null,
    driver: null,
    node: '20',
    system: 'linux',
  },
  settings,
  memory: {
    limits: [],
    backend: null,
    processes: [],
    ticks: gpus.map((one, time) => ({ time, gpus: one, host: null })),
  },
  output: [],
});

describe('the settings of a crash report', () => {
  it('are those that differ from their default or from the value in force', () => {
    const desired = { ...defaultSettings, LBS_GPU_MEMORY_LIMIT: 0.5, LBS_USE_MODEL_CACHE: true };
    const running = Object.fromEntries(
      Object.entries({ ...desired, LBS_USE_MODEL_CACHE: false, LBS_DB_PATH: '/filled/in.db' }).map(([name, value]) => [
        name,
        { value, source: 'default' as const },
      ]),
    );
    expect(crashSettings(report({ desired, running, overrides: { LBS_PORT: '5000' } }))).toEqual([
      { name: 'LBS_GPU_MEMORY_LIMIT', desired: '0.5', running: '0.5' },
      { name: 'LBS_USE_MODEL_CACHE', desired: '1', running: '0' },
      { name: 'LBS_PORT', desired: '5000', running: '0' },
    ]);
  });

  it('are the chosen ones where the backend was never ready', () => {
    const desired = { ...defaultSettings, LBS_TORCH_DTYPE: 'float32' as const };
    expect(crashSettings(report({ desired, running: null, overrides: {} }))).toEqual([
      { name: 'LBS_TORCH_DTYPE', desired: 'float32', running: null },
    ]);
  });
});

describe('the peak of a crash report', () => {
  it('is the fullest sample of each GPU; a GPU without a reading has none', () => {
    const settings = { desired: defaultSettings, running: null, overrides: {} };
    const ticks = [[gpu(1, 9), gpu(0, 10, 4)], [gpu(1, null), gpu(0, 90, 80)], [gpu(0, 20)], [gpu(2, null)]];
    expect(crashPeaks(report(settings, ticks))).toEqual([
      { index: 0, used: 90, ours: 80, total: 256 },
      { index: 1, used: 9, ours: null, total: 256 },
    ]);
  });
});
