import type { GpuSample } from '#contract';

/** What is asked of the stream; `name` comes last, because it alone may hold a comma. */
export const streamFields = [
  'index',
  'uuid',
  'memory.total',
  'memory.reserved',
  'memory.used',
  'memory.free',
  'utilization.gpu',
  'temperature.gpu',
  'power.draw',
  'enforced.power.limit',
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
}

const NUMBER = /^-?\d+(\.\d+)?$/;

/** A figure, or null: `[N/A]`, `[GPU is lost]` and all the others are no figure, and never 0. */
export const figure = (cell: string | undefined): number | null => {
  const text = cell?.trim() ?? '';
  return NUMBER.test(text) ? Number(text) : null;
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

/** Makes the reader of one line, which gives null for what is no row (nvidia-smi prints event lines in between). */
export function createRowParser(fields: readonly StreamField[]): (line: string) => Row | null {
  // By position: the header's names are not the ones that were asked for.
  const places: Partial<Record<StreamField, number>> = {};
  for (const [position, field] of fields.entries()) places[field] = position;
  const reader = (field: StreamField) => {
    const position = places[field] ?? -1;
    return (cells: readonly string[]) => cells[position];
  };
  const index = reader('index');
  const uuid = reader('uuid');
  const total = reader('memory.total');
  const reserved = reader('memory.reserved');
  const used = reader('memory.used');
  const free = reader('memory.free');
  const utilization = reader('utilization.gpu');
  const temperature = reader('temperature.gpu');
  const power = reader('power.draw');
  const powerLimit = reader('enforced.power.limit');
  const driver = reader('driver_version');
  const newDriver = reader('kmd_version');
  const name = reader('name');
  const last = fields.length - 1;

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
        memoryTotalMiB: figure(total(cells)),
        memoryReservedMiB: figure(reserved(cells)),
        memoryUsedMiB: figure(used(cells)),
        memoryFreeMiB: figure(free(cells)),
        utilizationGpu: figure(utilization(cells)),
        temperature: figure(temperature(cells)),
        powerDrawW: figure(power(cells)),
        powerLimitW: figure(powerLimit(cells)),
        ours: null,
      },
      name: word(name(cells)),
      driverVersion: word(driver(cells)) ?? word(newDriver(cells)),
    };
  };
}
