import { isDeepStrictEqual } from 'node:util';
import { type GpuMetric, type GpuSample, gpuMetrics, type Sentence, type UnavailableReason } from '#contract';
import { onOff, read, reasonIn, stateOf, word } from './cells.ts';
import { isPlausible } from './plausible.ts';

/** The queried fields; `name` is last because only it may contain a comma. */
export const streamFields = [
  'index',
  'uuid',
  'memory.total',
  'memory.reserved',
  'memory.used',
  'memory.free',
  'utilization.gpu',
  'utilization.memory',
  'temperature.gpu',
  'power.draw',
  'enforced.power.limit',
  'clocks.sm',
  'clocks.mem',
  'fan.speed',
  'pstate',
  'clocks_event_reasons.active',
  // Its name before 535.
  'clocks_throttle_reasons.active',
  'ecc.errors.uncorrected.volatile.total',
  'pci.bus_id',
  'mig.mode.current',
  'persistence_mode',
  'compute_mode',
  'driver_version',
  // The name of driver_version from 595 on.
  'kmd_version',
  'name',
] as const;
export type StreamField = (typeof streamFields)[number];

/** What rarely changes: the same object as in the GPU's last row while it does not. */
export interface Facts {
  name: string | null;
  memoryTotalMiB: number | null;
  driverVersion: string | null;
  pciBusId: string | null;
  migEnabled: boolean | null;
  persistence: boolean | null;
  computeMode: string | null;
}

export interface Row {
  /** `uuid` is empty where nvidia-smi reports none. */
  sample: GpuSample;
  facts: Facts;
  /** What nvidia-smi says about a GPU that no stream reports. */
  fault?: Sentence;
}

interface RowParser {
  /** Null for other lines: nvidia-smi prints events in between. */
  parse(line: string): Row | null;
  /** The number of characters that it keeps. */
  held(): number;
}

/** The first field that this nvidia-smi lists is read. */
const sources: Record<GpuMetric, readonly StreamField[]> = {
  memoryTotalMiB: ['memory.total'],
  memoryReservedMiB: ['memory.reserved'],
  memoryUsedMiB: ['memory.used'],
  memoryFreeMiB: ['memory.free'],
  utilizationGpu: ['utilization.gpu'],
  utilizationMemory: ['utilization.memory'],
  temperature: ['temperature.gpu'],
  powerDrawW: ['power.draw'],
  powerLimitW: ['enforced.power.limit'],
  clockSmMHz: ['clocks.sm'],
  clockMemoryMHz: ['clocks.mem'],
  fanSpeed: ['fan.speed'],
  pstate: ['pstate'],
  throttle: ['clocks_event_reasons.active', 'clocks_throttle_reasons.active'],
  eccUncorrected: ['ecc.errors.uncorrected.volatile.total'],
};

/** Null where the cell has no number, or one that this metric cannot have. `total`: of the GPU in MiB, where it is known. */
function numberFor(metric: GpuMetric, cell: string | undefined, total: number | null): number | null {
  const value = read(cell);
  return value !== null && isPlausible(metric, value, total) ? value : null;
}

function reasonOf(metric: GpuMetric, cell: string | undefined): UnavailableReason {
  const value = read(cell);
  if (value === null) return reasonIn(cell);
  // As some drivers report a GPU without memory of its own.
  return metric === 'memoryTotalMiB' && value === 0 ? 'not_supported' : 'implausible';
}

/** Jetson and Thor report a UUID without `GPU-`; a GPU that fell off the bus can lose its UUID, its index still identifies it. */
const UUID = /^(?:GPU-|\[|N\/A$|[\da-f]{8}-[\da-f]{4}-)/i;
const INDEX = /^\d{1,3}$/;

/** Bounds that no real row reaches, so that little is ever kept. */
const MAX_GPUS = 256;
const MAX_ROW = 4_096;

/** The last row of a GPU, and the text of its cells. */
interface Last {
  cells: string[];
  row: Row;
}

/**
 * Creates the row parser. Few cells of a GPU change from sample to sample, so a row is the GPU's last row with the
 * changes: rows are immutable and share what they have in common.
 */
export function createRowParser(fields: readonly StreamField[]): RowParser {
  // By position: the header uses other names than the query.
  const placeOf = (...names: StreamField[]) => fields.findIndex((field) => names.includes(field));
  const [index, uuid, total, used] = [
    placeOf('index'),
    placeOf('uuid'),
    placeOf('memory.total'),
    placeOf('memory.used'),
  ];
  const [name, bus, mig] = [placeOf('name'), placeOf('pci.bus_id'), placeOf('mig.mode.current')];
  const [persistence, computeMode] = [placeOf('persistence_mode'), placeOf('compute_mode')];
  const driver = [placeOf('driver_version'), placeOf('kmd_version')];
  const places = gpuMetrics.map((metric) => ({ metric, place: placeOf(...sources[metric]) }));
  const metricAt = fields.map((_, place) => places.find((one) => one.place === place)?.metric);
  const tail = fields.length - 1;
  const lasts = new Map<number, Last>();

  const totalIn = (cells: readonly string[]) => numberFor('memoryTotalMiB', cells[total], null);
  const reasonsIn = (cells: readonly string[], values: Record<GpuMetric, number | null>): GpuSample['reasons'] => {
    const none = places.filter(({ metric }) => values[metric] === null);
    if (none.length === 0) return undefined;
    return Object.fromEntries(none.map(({ metric, place }) => [metric, reasonOf(metric, cells[place])]));
  };
  const factsIn = (cells: readonly string[]): Facts => ({
    name: word(cells[name]),
    memoryTotalMiB: totalIn(cells),
    driverVersion: driver.map((place) => word(cells[place])).find((found) => found !== null) ?? null,
    pciBusId: word(cells[bus]),
    migEnabled: onOff(cells[mig]),
    persistence: onOff(cells[persistence]),
    computeMode: word(cells[computeMode]),
  });
  const whole = (cells: readonly string[]): Row => {
    const size = totalIn(cells);
    const values = Object.fromEntries(
      places.map(({ metric, place }) => [metric, numberFor(metric, cells[place], size)]),
    ) as Record<GpuMetric, number | null>;
    const reasons = reasonsIn(cells, values);
    const sample: GpuSample = {
      uuid: word(cells[uuid]) ?? '',
      index: Number(cells[index]),
      state: stateOf(cells, cells[used]),
      ...values,
      ...(reasons ? { reasons } : {}),
      ours: null,
    };
    return { sample, facts: factsIn(cells) };
  };
  /** The next row where only numbers changed; null where more changed. */
  const followed = (last: Last, line: string): Row | null => {
    const { cells, row } = last;
    let sample: GpuSample | null = null;
    let at = 0;
    for (let place = 0; place < tail; place += 1) {
      const old = cells[place] ?? '';
      // Skips unchanged cells, which are most of them, without allocating.
      if (line.startsWith(old, at) && line.startsWith(', ', at + old.length)) {
        at += old.length + 2;
        continue;
      }
      const end = line.indexOf(', ', at);
      const metric = metricAt[place];
      if (end < 0 || !metric || place === total || row.sample[metric] === null) return null;
      const cell = line.slice(at, end);
      const value = numberFor(metric, cell, row.sample.memoryTotalMiB);
      if (value === null) return null;
      sample ??= { ...row.sample };
      sample[metric] = value;
      cells[place] = cell;
      at = end + 2;
    }
    if (line.slice(at) !== cells[tail]) return null;
    if (sample) last.row = { sample, facts: row.facts };
    return last.row;
  };
  /** Parses a row from scratch. */
  const fresh = (line: string, last: Last | undefined): Last | null => {
    const cells = line.split(', ');
    if (cells.length < fields.length) return null;
    if (cells.length > fields.length) cells.push(cells.splice(tail).join(', '));
    if (!INDEX.test(cells[index] ?? '') || !UUID.test(cells[uuid] ?? '')) return null;
    const row = whole(cells);
    if (last && isDeepStrictEqual(row.facts, last.row.facts)) row.facts = last.row.facts;
    return { cells, row };
  };

  return {
    parse(line) {
      if (line.length > MAX_ROW) return null;
      const number = Number.parseInt(line, 10);
      const last = lasts.get(number);
      const next = last && followed(last, line);
      if (next) return next;
      // Its cells may be half updated.
      lasts.delete(number);
      const made = fresh(line, last);
      if (!made || made.row.sample.index >= MAX_GPUS) return null;
      lasts.set(made.row.sample.index, made);
      return made.row;
    },
    held: () => [...lasts.values()].reduce((sum, { cells }) => sum + cells.join().length, 0),
  };
}
