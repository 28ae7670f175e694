import { describe, expect, it } from 'vitest';
import { type BackendMemory, verbatim } from '#contract';
import { processOf } from '../proc/index.ts';
import { mergeOwnShare } from './details/own-share.ts';
import { ownerAndStart, parseProcesses } from './processes/parse-processes.ts';
import { faultOf } from './smi/faults.ts';

import { isEnough, negotiate } from './stream/negotiate.ts';
import { retryDelay } from './stream/retry.ts';
import { createRowParser, streamFields } from './stream/row.ts';
import { createClock } from './timing/clock.ts';

describe('negotiate', () => {
  it('queries only listed fields', () => {
    const help = '"index"\nx\n\n"name" or "gpu_name"\r\n"uuid"\n"memory.used"\n"memory.total"\nthe "pstate" of it\n';
    const fields = negotiate(help);
    expect(fields).toEqual(['index', 'uuid', 'memory.total', 'memory.used', 'name']);
    expect(isEnough(fields)).toBe(true);
    expect(isEnough(negotiate(''))).toBe(false);
    // A row of an old driver is read by position: fields outside of the query are unknown.
    const row = createRowParser(fields).parse('0, GPU-0, 256, 5, Old Card');
    expect(row).toMatchObject({
      facts: { name: 'Old Card', driverVersion: null },
      sample: { memoryUsedMiB: 5, temperature: null },
    });
  });
});

describe('processes', () => {
  it('are split with the name last', () => {
    const text = 'GPU-a, 12, 300, /opt/a? b/py"thon, x\nGPU-a, 13, [N/A], [Not Found]\nGPU-a, 14, 5, \nrubbish\n';
    expect(parseProcesses(text)).toEqual([
      { gpuUuid: 'GPU-a', pid: 12, usedMiB: 300, name: '/opt/a? b/py"thon, x' },
      { gpuUuid: 'GPU-a', pid: 13, usedMiB: null, name: '[Not Found]' },
      // A process without a name still holds memory.
      { gpuUuid: 'GPU-a', pid: 14, usedMiB: 5, name: '[N/A]' },
    ]);
  });

  it.runIf(process.platform === 'linux')('have an owner and a start, where the system reports them', async () => {
    const own = await ownerAndStart(await processOf(process.pid));
    expect(own.user).not.toBeNull();
    expect(Math.abs((own.since ?? 0) - (Date.now() - process.uptime() * 1000))).toBeLessThan(5_000);
    // Above the largest pid of Linux.
    expect(await processOf(2 ** 22 + 1)).toBeNull();
    expect(await ownerAndStart(null)).toEqual({ user: null, since: null, startTime: null });
  });
});

describe('faults', () => {
  const ending = { exitCode: 9, signal: null, error: null, stderr: '' };

  it('keep the output of stdout and stderr', () => {
    expect(faultOf(ending, 'no driver\n')).toEqual({ kind: 'no_driver', sentence: verbatim('no driver'), exitCode: 9 });
    const traceback = faultOf({ ...ending, exitCode: 1, stderr: "can't open file\n" }, '');
    expect(traceback).toEqual({ kind: 'unknown', sentence: verbatim("can't open file"), exitCode: 1 });
    const both = faultOf({ ...ending, exitCode: 15, stderr: 'warning' }, 'Unable to determine the device handle');
    expect(both.sentence.text).toBe('Unable to determine the device handle\nwarning');
  });

  it('name the signal that ended nvidia-smi, also below a shell', () => {
    const killed = { ...ending, exitCode: null, signal: 'SIGKILL' as const };
    expect(faultOf(killed, '')).toMatchObject({ kind: 'killed', sentence: { code: 'gpu.killed' } });
    expect(faultOf({ ...ending, exitCode: 139 }, 'core dumped').sentence.text).toBe(
      'nvidia-smi was killed by SIGSEGV. Its last output: core dumped',
    );
  });

  it('need a reset only where nvidia-smi says so: any unforeseen error exits with 255', () => {
    const kind = (said: string) => faultOf({ ...ending, exitCode: 255 }, said).kind;
    expect(kind('A GPU reset must occur before this GPU can be used again.')).toBe('needs_reset');
    expect(kind('Failed to initialize NVML: Unknown Error')).toBe('unknown');
  });

  it('are retried with back-off, but every few seconds', () => {
    expect([0, 1, 2, 3, 4, 99].map(retryDelay)).toEqual([250, 1_000, 2_000, 4_000, 5_000, 5_000]);
  });
});

describe('the clock', () => {
  it('never goes back, and follows the wall clock after a sleep', () => {
    let wall = 1_000_000;
    let steady = 0;
    const now = createClock(
      () => wall,
      () => steady,
    );
    const first = now();
    wall -= 3_600_000;
    steady += 500;
    expect(now()).toBe(first + 500);
    wall += 9 * 3_600_000;
    expect(now()).toBe(wall);
  });
});

describe('our share', () => {
  const MIB = 2 ** 20;
  const gpu = { index: 0, uuid: 'GPU-0', name: 'x', total: 256 * MIB, budget: null, peak: 0 };
  const held = { used: 30 * MIB, context: 12 * MIB, allocated: 14 * MIB, reserved: 18 * MIB, weights: 8 * MIB };
  const host = { total: 0, available: 0, rss: 0 };
  const memory = (kvCache: number): BackendMemory => ({
    time: 0,
    cached_models: [],
    cache: { hits: 0, misses: 0, evictions: 0, last: null, last_sentence: null },
    host,
    gpus: [{ ...gpu, ...held, kv_cache: kvCache * MIB }],
  });
  const samples = ['0, GPU-0', '1, GPU-1'].map((head) =>
    createRowParser(streamFields).parse(`${head}${', 5'.repeat(streamFields.length - 2)}`),
  );
  const tick = { time: 1, gpus: samples.flatMap((row) => (row ? [row.sample] : [])), host: null };

  it('has parts that add up, and is unknown where the backend reports none', () => {
    const [first, second] = mergeOwnShare(tick, memory(2)).gpus;
    expect(first?.ours).toEqual({
      usedMiB: 30,
      contextMiB: 12,
      weightsMiB: 8,
      kvCacheMiB: 2,
      activationsMiB: 4,
      keptMiB: 4,
    });
    expect(second?.ours).toBeNull();
    expect(mergeOwnShare(tick, null)).toBe(tick);
    // Two counters from slightly different times must not make a negative rest.
    expect(mergeOwnShare(tick, memory(9)).gpus[0]?.ours?.activationsMiB).toBe(0);
    expect(tick.gpus[0]?.ours).toBeNull();
  });
});
