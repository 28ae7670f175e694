import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { gpuSeries, type Tick, type WindowRequest } from '#contract';
import { gpuSample, smiRow } from '#samples';
import { createTickParser } from '../../electron/core/gpu/stream/parser.ts';
import { streamFields } from '../../electron/core/gpu/stream/row.ts';
import { createHistory, HISTORY_BYTES, type History } from '../../electron/core/history/index.ts';
import { buildHistory } from '../../electron/core/history/testing.ts';
import { finish } from '../fixtures/panel.ts';

/** A day of eight GPUs at two ticks per second, as fast as possible; then the chart windows of a day. */
const GPUS = 8;
const STEP_MS = 500;
const TICKS = 172_800;
const DAY_MS = TICKS * STEP_MS;
const WINDOWS = 1_000;
/** Warm-up: compilation is not part of a window's cost. */
const FIRST = 20;
const WIDTH = 1_200;
const SLOWEST_MS = 50;
const GROWTH_MIB = 8;
/** Ticks between two flushes: one minute, in which the clock would have flushed fifteen times. */
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

/** A value at a tick, as on a busy machine. */
const wave = (i: number, gpu: number, most: number) =>
  Math.round(most * (0.5 + 0.4 * Math.sin(i / 977 + gpu)) * 100) / 100;

/** Created once: the measurement is the history's memory, not that of a stream of new objects. */
const POOL = 2_003;
const tickAt = (i: number): Tick => ({ ...(pool[i % POOL] as Tick), time: begin + i * STEP_MS });
const makeTick = (i: number): Tick => ({
  time: begin + i * STEP_MS,
  gpus: Array.from({ length: GPUS }, (_, index) =>
    gpuSample({
      uuid: `GPU-${index}`,
      index,
      memoryTotalMiB: 81_559,
      memoryReservedMiB: 600,
      utilizationMemory: 7,
      memoryUsedMiB: Math.round(wave(i, index, 80_000)),
      memoryFreeMiB: 80_959 - Math.round(wave(i, index, 80_000)),
      utilizationGpu: Math.round(wave(i, index, 100)),
      temperature: Math.round(wave(i, index, 90)),
      powerDrawW: wave(i, index, 700),
      powerLimitW: 700,
      clockSmMHz: 1_980,
      clockMemoryMHz: 2_619,
      pstate: 0,
      throttle: i % 7 === 0 ? 4 : 0,
    }),
  ),
  host: { ramTotalMiB: 515_000, ramUsedMiB: wave(i, 0, 500_000), swapTotalMiB: 0, swapUsedMiB: 0, backendRssMiB: 900 },
});

const pool = Array.from({ length: POOL }, (_, i) => makeTick(i));

const rss = () => {
  for (let i = 0; i < 4; i += 1) collect();
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
async function push(to: History, from: number, end: number, tick: (i: number) => Tick | undefined, atOnce = AT_ONCE) {
  for (let i = from; i < end; i += 1) {
    const one = tick(i);
    if (one) to.addTick(one);
    if (i % atOnce === atOnce - 1) await to.flush();
  }
}

let history: History;
afterEach(() => history.stop());

it('keeps a day of eight GPUs in bounded memory and on a bounded disk, and draws any window of it quickly', async () => {
  history = await createHistory({ folder });
  const used = process.cpuUsage();
  const at = performance.now();
  await push(history, 0, TICKS / 4, tickAt);
  const quarter = rss();
  await push(history, TICKS / 4, TICKS, tickAt);
  const whole = rss();
  const disk = await diskBytes();
  console.log(
    `${TICKS} ticks of ${GPUS} GPUs in ${((performance.now() - at) / 1_000).toFixed(1)} s: ${(spent(used) / TICKS).toFixed(1)} us of CPU per tick, writing included (flushed every ${AT_ONCE} ticks)`,
  );
  console.log(
    `RSS ${mib(quarter)} after 6 h, ${mib(whole)} after 24 h; on the disk ${mib(disk)} of ${mib(HISTORY_BYTES)} at most`,
  );
  expect(disk).toBeLessThan(HISTORY_BYTES);
  expect(whole - quarter).toBeLessThan(GROWTH_MIB * 2 ** 20);

  await windows('windows of a day', () => [begin, DAY_MS]);
  await windows('windows of any length', (random) => {
    const length = DAY_MS * 30 ** (2 * random() - 1);
    return [begin + random() * Math.max(0, DAY_MS - length), length];
  });
  console.log(`RSS ${mib(rss())} after ${2 * WINDOWS} windows`);
  await history.stop();

  const opening = performance.now();
  history = await createHistory({ folder });
  const request = { metrics: ['memoryUsedMiB'], from: begin, to: begin + DAY_MS, width: WIDTH };
  const all = Array.from({ length: GPUS }, (_, i) => history.window({ ...request, source: `GPU-${i}` }));
  const columns = (await Promise.all(all)).map((answer) => answer.at.length);
  console.log(`opened anew, and a day of all GPUs drawn, in ${(performance.now() - opening).toFixed(0)} ms`);
  expect(columns).toEqual(Array(GPUS).fill(WIDTH));
});

it('draws 30 days of minutes as quickly', async () => {
  history = await createHistory({ folder: join(folder, 'month') });
  const ticks = 30 * 1_440 * 2;
  // Two samples per minute produce as many buckets as a hundred.
  await push(history, 0, ticks, (i) => {
    const { time, gpus } = tickAt(i * 60);
    return { time, gpus: gpus.slice(0, 1), host: null };
  });
  await windows('windows of 30 days', () => [begin, 30 * DAY_MS], 1);
  await history.stop();
  // 200,000 cells each, in plain Node: a test runner's heap makes garbage collection expensive.
  const { took, worked } = await inPlainNode(join(folder, 'month'), {
    source: 'GPU-0',
    metrics: [...gpuSeries.slice(0, 16)],
    from: begin,
    to: begin + 30 * DAY_MS,
    width: 4_096,
  });
  judge('windows of 30 days with all that can be asked', took, worked);
});

/**
 * Requests many windows. Prints the elapsed time, and checks the CPU time of the whole process per window, threads included:
 * on a busy machine the elapsed time depends on other work.
 */
async function windows(
  name: string,
  span: (random: () => number) => [from: number, length: number],
  gpus = GPUS,
  count = 5,
  width = WIDTH,
) {
  let seed = 1;
  // The same windows in every run.
  const random = () => {
    seed = (seed * 16_807) % 2_147_483_647;
    return seed / 2_147_483_647;
  };
  const took: number[] = [];
  const worked: number[] = [];
  for (let i = -FIRST; i < WINDOWS; i += 1) {
    const [from, length] = span(random);
    const first = (i + FIRST) % (gpuSeries.length - count);
    const metrics = gpuSeries.slice(first, first + count);
    const start = performance.now();
    const used = process.cpuUsage();
    const source = `GPU-${(i + FIRST) % gpus}`;
    const answer = await history.window({ source, metrics: [...metrics], from, to: from + length, width });
    if (i >= 0) {
      worked.push(spent(used) / 1_000);
      took.push(performance.now() - start);
    }
    expect(answer.at.length).toBeGreaterThan(0);
  }
  judge(name, took, worked);
}

function judge(name: string, took: number[], worked: number[]) {
  console.log(`${took.length} ${name}: ${spread(took)}; of CPU ${spread(worked)}`);
  expect(at(worked, 1)).toBeLessThan(SLOWEST_MS);
}

/** The same window repeatedly, in a separate process. */
async function inPlainNode(of: string, request: WindowRequest): Promise<{ took: number[]; worked: number[] }> {
  const outDir = join(folder, 'built');
  await buildHistory(outDir);
  const script = join(outDir, 'windows.mjs');
  await writeFile(
    script,
    `import { createHistory } from './index.mjs';
    const history = await createHistory({ folder: process.argv[2] });
    const [took, worked] = [[], []];
    for (let i = -${FIRST}; i < ${WINDOWS}; i += 1) {
      const start = performance.now();
      const used = process.cpuUsage();
      const answer = await history.window(JSON.parse(process.argv[3]));
      const { user, system } = process.cpuUsage(used);
      if (answer.at.length !== 4096) throw new Error('Not the whole window.');
      if (i < 0) continue;
      took.push(performance.now() - start);
      worked.push((user + system) / 1000);
    }
    await history.stop();
    console.log(JSON.stringify({ took, worked }));`,
  );
  return JSON.parse(await finish(process.execPath, [script, of, JSON.stringify(request)]));
}

/** The percentile of a sorted list. */
const at = (list: number[], share: number) =>
  list[Math.min(list.length - 1, Math.floor(list.length * share))] ?? Number.NaN;

function spread(list: number[]): string {
  list.sort((a, b) => a - b);
  const told = (share: number) => `${at(list, share).toFixed(1)} ms`;
  return `median ${told(0.5)}, 99 of 100 within ${told(0.99)}, slowest ${told(1)}`;
}

it('costs little from bytes to stored sample', async () => {
  history = await createHistory({ folder: join(folder, 'bytes') });
  const texts = Array.from({ length: 100 }, (_, i) =>
    Array.from({ length: GPUS }, (__, index) => {
      const given = { index, uuid: `GPU-${index}`, 'memory.used': Math.round(wave(i, index, 80_000)), pstate: 'P0' };
      return `${smiRow(streamFields, { ...given, 'power.draw': wave(i, index, 700), name: 'NVIDIA H100 80GB HBM3' })}\n`;
    }).join(''),
  );
  const parser = createTickParser(streamFields);
  const read = (i: number) => parser.push(texts[i % texts.length] ?? '', begin + i * STEP_MS).at(-1)?.tick;
  read(0);
  for (const [count, atOnce] of [
    [20_000, AT_ONCE],
    // As the clock does, every two seconds.
    [4_000, 4],
  ] as const) {
    let ticks = 0;
    const used = process.cpuUsage();
    const tick = (i: number) => {
      const found = read(i);
      ticks += found ? 1 : 0;
      return found;
    };
    await push(history, 1, count + 1, tick, atOnce);
    const perTick = spent(used) / count;
    expect(ticks).toBe(count);
    console.log(
      `from bytes through the parser to the disk, flushed every ${atOnce} ticks: ${perTick.toFixed(1)} us of CPU per tick of ${GPUS} GPUs, ${((perTick * 2) / 1e4).toFixed(3)} % of one core at two a second`,
    );
  }
});
