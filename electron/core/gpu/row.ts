import { type GpuFigure, type GpuSample, gpuFigures, type NoFigureReason } from '#contract';

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

export interface Row {
  /** `uuid` is empty where nvidia-smi has none to give. */
  sample: GpuSample;
  name: string | null;
  driverVersion: string | null;
  pciBusId: string | null;
  migEnabled: boolean | null;
  persistence: boolean | null;
  computeMode: string | null;
}

const NUMBER = /^-?\d+(\.\d+)?$/;

/** A figure, or null: `[N/A]`, `[GPU is lost]` and all the others are no figure, and never 0. */
export const figure = (cell: string | undefined): number | null => {
  const text = cell?.trim() ?? '';
  return NUMBER.test(text) ? Number(text) : null;
};

/** `P8` and `0x0000000000000004` are figures, too. */
const marked = (cell: string | undefined): number | null => {
  const match = /^(?:P(\d+)|(0x[\dA-Fa-f]+))$/.exec(cell?.trim() ?? '');
  return match ? Number(match[1] ?? match[2]) : null;
};

/** Why there is no figure in a cell. */
function reasonIn(cell: string | undefined): NoFigureReason {
  if (cell === undefined) return 'not_listed';
  if (/lost/i.test(cell)) return 'lost';
  if (/requires reset/i.test(cell)) return 'needs_reset';
  if (/permission/i.test(cell)) return 'no_permission';
  if (/deprecated/i.test(cell)) return 'deprecated';
  return /^\[?(N\/A|Not Supported)\]?$/i.test(cell.trim()) ? 'not_supported' : 'unknown_error';
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

const word = (cell: string | undefined): string | null => {
  const text = cell?.trim() ?? '';
  return text === '' || text === 'N/A' || (text.startsWith('[') && text.endsWith(']')) ? null : text;
};

/** Any one cell that says so speaks for the whole GPU. */
const gone: Record<string, GpuSample['state']> = { '[GPU is lost]': 'lost', '[GPU requires reset]': 'needs_reset' };
/** These speak for the GPU only in place of its memory: one that works can say so of its power or its fans. */
const refused: Record<string, GpuSample['state']> = {
  '[Insufficient Permissions]': 'no_permission',
  '[Unknown Error]': 'unknown_error',
};

function stateOf(cells: readonly string[], used: string | undefined): GpuSample['state'] {
  for (const cell of cells) {
    const state = cell.startsWith('[GPU') ? gone[cell.trim()] : undefined;
    if (state) return state;
  }
  return refused[used?.trim() ?? ''] ?? 'ok';
}

const onOff = (cell: string | undefined): boolean | null =>
  ({ Enabled: true, Disabled: false })[cell?.trim() ?? ''] ?? null;

/** Makes the reader of one line, which gives null for what is no row (nvidia-smi prints event lines in between). */
export function createRowParser(fields: readonly StreamField[]): (line: string) => Row | null {
  // By position: the header's names are not the ones that were asked for.
  const placeOf = (names: readonly StreamField[]) => fields.findIndex((field) => names.includes(field));
  const cellOf = (...names: StreamField[]) => {
    const place = placeOf(names);
    return (cells: readonly string[]) => cells[place];
  };
  const places = gpuFigures.map((name) => ({ name, place: placeOf(sources[name]) }));
  const [index, uuid, used, name] = [cellOf('index'), cellOf('uuid'), cellOf('memory.used'), cellOf('name')];
  const driver = [cellOf('driver_version'), cellOf('kmd_version')];
  const [bus, mig, persistence] = [cellOf('pci.bus_id'), cellOf('mig.mode.current'), cellOf('persistence_mode')];
  const computeMode = cellOf('compute_mode');
  const last = fields.length - 1;

  const figuresIn = (cells: readonly string[]) => {
    const figures = {} as Record<GpuFigure, number | null>;
    let reasons: GpuSample['reasons'];
    for (const { name: figureName, place } of places) {
      const cell = cells[place];
      const value = figure(cell) ?? marked(cell);
      figures[figureName] = value;
      if (value === null) {
        reasons ??= {};
        reasons[figureName] = reasonIn(cell);
      }
    }
    return reasons ? { ...figures, reasons } : figures;
  };

  return (line) => {
    const cells = line.split(', ');
    if (cells.length < fields.length) return null;
    if (cells.length > fields.length) cells.push(cells.splice(last).join(', '));
    const number = index(cells)?.trim() ?? '';
    const id = uuid(cells)?.trim() ?? '';
    // A GPU that fell off the bus can lose its uuid, too; whose row it is, the index still tells.
    if (!/^\d+$/.test(number) || !/^(GPU-|\[)/.test(id)) return null;
    return {
      sample: {
        uuid: word(id) ?? '',
        index: Number(number),
        state: stateOf(cells, used(cells)),
        ...figuresIn(cells),
        ours: null,
      },
      name: word(name(cells)),
      driverVersion: driver.map((cell) => word(cell(cells))).find((found) => found !== null) ?? null,
      pciBusId: word(bus(cells)),
      migEnabled: onOff(mig(cells)),
      persistence: onOff(persistence(cells)),
      computeMode: word(computeMode(cells)),
    };
  };
}
