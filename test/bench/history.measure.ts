import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { gpuSeries, type Tick } from '#contract';
import { gpuSample, smiRow } from '#samples';
import { createTickParser } from '../../electron/core/gpu/parser.ts';
import { streamFields } from '../../electron/core/gpu/row.ts';
import { createHistory, HISTORY_BYTES, type History } from '../../electron/core/history/index.ts';

/** A day of eight GPUs at two ticks a second, pushed through as fast as it goes; then a day's chart windows. */
const GPUS = 8;
const STEP_MS = 500;
const TICKS = 172_800;
const DAY_MS = TICKS * STEP_MS;
const WINDOWS = 1_000;
const SLOWEST_MS = 50;
const GROWTH_MIB = 8;
/** Ticks between two flushes: a minute's worth, as the clock would have flushed thirty times by then. */
const AT_ONCE = 120;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;
const mib = (bytes: number) => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
const begin = Date.UTC(2026, 10, 26);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headroom-history-measure-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** Where a figure is at a tick: never twice the same, as a machine at work. */
const wave = (i: number, gpu: number, most: number) =>
  Math.round(most * (0.5 + 0.4 * Math.sin(i / 977 + gpu)) * 100) / 100;

const tickAt = (i: number): Tick => ({
  time: begin + i * STEP_MS,
  gpus: Array.from({ length: GPUS }, (_, index) =>
    gpuSample({
      ...{ uuid: `GPU-${index}`, index, memoryTotalMiB: 81_559, memoryReservedMiB: 600, utilizationMemory: 7 },
      memoryUsedMiB: Math.round(wave(i, index, 80_000)),
      memoryFreeMiB: 80_959 - Math.round(wave(i, index, 80_000)),
      utilizationGpu: Math.round(wave(i, index, 100)),
      temperature: Math.round(wave(i, index, 90)),
      ...{ powerDrawW: wave(i, index, 700), powerLimitW: 700, clockSmMHz: 1_980, clockMemoryMHz: 2_619, pstate: 0 },
      throttle: i % 7 === 0 ? 4 : 0,
    }),
  ),
  host: { ramTotalMiB: 515_000, ramUsedMiB: wave(i, 0, 500_000), swapTotalMiB: 0, swapUsedMiB: 0, backendRssMiB: 900 },
});

const rss = () => {
  collect();
  console.log(process.memoryUsage());
  return process.memoryUsage().rss;
};
const spent = (since: NodeJS.CpuUsage) => {
  const { user, system } = process.cpuUsage(since);
  return user + system;
};
const diskBytes = async () => {
  const names = await readdir(folder);
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(folder, name))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
};
async function push(history: History, from: number, to: number, tick: (i: number) => Tick | undefined) {
  for (let i = from; i < to; i += 1) {
    const one = tick(i);
    if (one) history.addTick(one);
    if (i % AT_ONCE === AT_ONCE - 1) await history.flush();
  }
}

it('keeps a day of eight GPUs in bounded memory and on a bounded disk, and draws any window of it quickly', async () => {
  const history = await createHistory({ folder });
  const made = process.cpuUsage();
  for (let i = 0; i < 20_000; i += 1) tickAt(i);
  const making = spent(made) / 20_000;
  const used = process.cpuUsage();
  const at = performance.now();
  await push(history, 0, TICKS / 4, tickAt);
  const quarter = rss();
  await push(history, TICKS / 4, TICKS, tickAt);
  const whole = rss();
  const perTick = spent(used) / TICKS - making;
  const disk = await diskBytes();
  console.log(
    `${TICKS} ticks of ${GPUS} GPUs in ${((performance.now() - at) / 1_000).toFixed(1)} s: ${perTick.toFixed(1)} us of CPU per tick, writing included (flushed every ${AT_ONCE} ticks)`,
  );
  console.log(
    `RSS ${mib(quarter)} after 6 h, ${mib(whole)} after 24 h; on the disk ${mib(disk)} of ${mib(HISTORY_BYTES)}`,
  );
  expect(disk).toBeLessThan(HISTORY_BYTES);
  expect(whole - quarter).toBeLessThan(GROWTH_MIB * 2 ** 20);

  const slowest = Math.max(
    await windows(history, 'windows of a day', () => [begin, begin + DAY_MS]),
    await windows(history, 'windows of any length', (random) => {
      const length = DAY_MS * 30 ** (2 * random() - 1);
      return [begin + random() * Math.max(0, DAY_MS - length), length];
    }),
    await windows(history, 'windows of 30 days', () => [begin - 29 * DAY_MS, begin + DAY_MS]),
  );
  expect(slowest).toBeLessThan(SLOWEST_MS);
  const after = rss();
  console.log(`RSS ${mib(after)} after ${3 * WINDOWS} windows`);
  await history.stop();

  const opening = performance.now();
  const again = await createHistory({ folder });
  const first = await again.window({
    source: 'GPU-3',
    metrics: ['memoryUsedMiB'],
    from: begin,
    to: begin + DAY_MS,
    width: 1_200,
  });
  console.log(`opened anew, and the first window of a day of it, in ${(performance.now() - opening).toFixed(0)} ms`);
  expect(first.at.length).toBe(1_200);
  await again.stop();
});

async function windows(history: History, name: string, span: (random: () => number) => [from: number, length: number]) {
  let seed = 1;
  // The same windows in every run.
  const random = () => {
    seed = (seed * 16_807) % 2_147_483_647;
    return seed / 2_147_483_647;
  };
  const took: number[] = [];
  for (let i = 0; i < WINDOWS; i += 1) {
    const [from, length] = span(random);
    const metrics = gpuSeries.slice(i % 8, (i % 8) + 5);
    const start = performance.now();
    const answer = await history.window({
      ...{ source: `GPU-${i % GPUS}`, metrics: [...metrics], from: Math.max(0, from), to: from + length },
      width: 1_200,
    });
    took.push(performance.now() - start);
    expect(answer.at.length).toBeGreaterThan(0);
  }
  took.sort((a, b) => a - b);
  const at = (share: number) => (took[Math.floor(took.length * share)] ?? Number.NaN).toFixed(1);
  console.log(
    `${WINDOWS} ${name}: median ${at(0.5)} ms, 99 of 100 within ${at(0.99)} ms, slowest ${took.at(-1)?.toFixed(1)} ms`,
  );
  return took.at(-1) ?? Number.NaN;
}

it('costs little from bytes to stored sample', async () => {
  const own = join(folder, 'bytes');
  const history = await createHistory({ folder: own });
  const texts = Array.from({ length: 100 }, (_, i) =>
    Array.from({ length: GPUS }, (__, index) => {
      const given = { index, uuid: `GPU-${index}`, 'memory.used': Math.round(wave(i, index, 80_000)), pstate: 'P0' };
      return `${smiRow(streamFields, { ...given, 'power.draw': wave(i, index, 700), name: 'NVIDIA H100 80GB HBM3' })}\n`;
    }).join(''),
  );
  const parser = createTickParser(streamFields);
  parser.push(texts[0] ?? '', begin - STEP_MS);
  const count = 20_000;
  const used = process.cpuUsage();
  let ticks = 0;
  await push(history, 0, count, (i) => {
    const found = parser.push(texts[i % texts.length] ?? '', begin + i * STEP_MS).at(-1)?.tick;
    ticks += found ? 1 : 0;
    return found;
  });
  const perTick = spent(used) / count;
  expect(ticks).toBe(count);
  console.log(`from bytes through the parser to the disk: ${perTick.toFixed(1)} us of CPU per tick of ${GPUS} GPUs`);
  await history.stop();
  await rm(own, { recursive: true });
});
