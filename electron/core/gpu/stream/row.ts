import { isDeepStrictEqual } from 'node:util';
import { type GpuFigure, type GpuSample, gpuFigures } from '#contract';
import { figure, onOff, read, reasonIn, stateOf, word } from './cells.ts';

/** What is asked of the stream; `name` comes last, because it alone may hold a comma. */
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
  // What it is called before 535.
  'clocks_throttle_reasons.active',
  'ecc.errors.uncorrected.volatile.total',
  'pci.bus_id',
  'mig.mode.current',
  'persistence_mode',
  'compute_mode',
  'driver_version',
  // What driver_version is called from 595 on.
  'kmd_version',
  'name',
] as const;
export type StreamField = (typeof streamFields)[number];

/** What seldom changes: the same object as in the last row of that GPU while it has not. */
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
  /** `uuid` is empty where nvidia-smi has none to give. */
  sample: GpuSample;
  facts: Facts;
}

export interface RowParser {
  /** Null for what is no row: nvidia-smi prints event lines in between. */
  parse(line: string): Row | null;
  /** How many characters it keeps. */
  held(): number;
}

/** The first of them that this nvidia-smi lists is read. */
const sources: Record<GpuFigure, readonly StreamField[]> = {
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

/** No machine has so many, and no row is so long: what claims it is no row, so that little is ever kept. */
const MOST_GPUS = 256;
const LONGEST_ROW = 4_096;

/** The last row of a GPU, and the text of its cells. */
interface Last {
  cells: string[];
  row: Row;
}

/**
 * Makes the reader of rows. From one tick to the next few cells of a GPU change, so a row is the last one of that GPU
 * with what is different: rows are immutable, and share what they have in common.
 */
export function createRowParser(fields: readonly StreamField[]): RowParser {
  // By position: the header's names are not the ones that were asked for.
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
  const places = gpuFigures.map((figureName) => ({ figureName, place: placeOf(...sources[figureName]) }));
  const figureOf = fields.map((_, place) => places.find((one) => one.place === place)?.figureName);
  const tail = fields.length - 1;
  const lasts = new Map<number, Last>();

  const reasonsIn = (cells: readonly string[]): GpuSample['reasons'] => {
    const none = places.filter(({ place }) => read(cells[place]) === null);
    if (none.length === 0) return undefined;
    return Object.fromEntries(none.map(({ figureName, place }) => [figureName, reasonIn(cells[place])]));
  };
  const factsIn = (cells: readonly string[]): Facts => ({
    name: word(cells[name]),
    memoryTotalMiB: figure(cells[total]),
    driverVersion: driver.map((place) => word(cells[place])).find((found) => found !== null) ?? null,
    pciBusId: word(cells[bus]),
    migEnabled: onOff(cells[mig]),
    persistence: onOff(cells[persistence]),
    computeMode: word(cells[computeMode]),
  });
  const whole = (cells: readonly string[]): Row => {
    const figures = Object.fromEntries(places.map(({ figureName, place }) => [figureName, read(cells[place])]));
    const reasons = reasonsIn(cells);
    const sample: GpuSample = {
      uuid: word(cells[uuid]) ?? '',
      index: Number(cells[index]),
      state: stateOf(cells, cells[used]),
      ...(figures as Record<GpuFigure, number | null>),
      ...(reasons ? { reasons } : {}),
      ours: null,
    };
    return { sample, facts: factsIn(cells) };
  };
  /** The row that follows the last one, where only figures changed, from one number to another; null where more did. */
  const followed = (last: Last, line: string): Row | null => {
    const { cells, row } = last;
    let sample: GpuSample | null = null;
    let at = 0;
    for (let place = 0; place < tail; place += 1) {
      const old = cells[place] ?? '';
      // Most cells are as they were: these are passed over, and nothing is cut out or made for them.
      if (line.startsWith(old, at) && line.startsWith(', ', at + old.length)) {
        at += old.length + 2;
        continue;
      }
      const end = line.indexOf(', ', at);
      const figureName = figureOf[place];
      if (end < 0 || !figureName || place === total || row.sample[figureName] === null) return null;
      const cell = line.slice(at, end);
      const value = read(cell);
      if (value === null) return null;
      sample ??= { ...row.sample };
      sample[figureName] = value;
      cells[place] = cell;
      at = end + 2;
    }
    if (line.slice(at) !== cells[tail]) return null;
    if (sample) last.row = { sample, facts: row.facts };
    return last.row;
  };
  /** Read without what went before. */
  const fresh = (line: string, last: Last | undefined): Last | null => {
    const cells = line.split(', ');
    if (cells.length < fields.length) return null;
    if (cells.length > fields.length) cells.push(cells.splice(tail).join(', '));
    // A GPU that fell off the bus can lose its uuid, too; whose row it is, the index still tells.
    if (!/^\d{1,3}$/.test(cells[index] ?? '') || !/^(GPU-|\[)/.test(cells[uuid] ?? '')) return null;
    const row = whole(cells);
    if (last && isDeepStrictEqual(row.facts, last.row.facts)) row.facts = last.row.facts;
    return { cells, row };
  };

  return {
    parse(line) {
      if (line.length > LONGEST_ROW) return null;
      const number = Number.parseInt(line, 10);
      const last = lasts.get(number);
      const next = last && followed(last, line);
      if (next) return next;
      // It may have been followed in part.
      lasts.delete(number);
      const made = fresh(line, last);
      if (!made || made.row.sample.index >= MOST_GPUS) return null;
      lasts.set(made.row.sample.index, made);
      return made.row;
    },
    held: () => [...lasts.values()].reduce((sum, { cells }) => sum + cells.join().length, 0),
  };
}
