import type { GpuSample, Tick } from '#contract';

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
  'name',
] as const;
export type StreamField = (typeof streamFields)[number];

export interface Row {
  sample: GpuSample;
  name: string;
  driverVersion: string | null;
}

const states: Record<string, GpuSample['state']> = {
  '[GPU is lost]': 'lost',
  '[GPU requires reset]': 'needs_reset',
  '[Insufficient Permissions]': 'no_permission',
  '[Unknown Error]': 'unknown_error',
};

const figure = (cell: string | undefined): number | null => {
  if (cell === undefined || cell === '') return null;
  const value = Number(cell);
  return Number.isFinite(value) ? value : null;
};

/** One line of the stream, or null where it is none (nvidia-smi prints event lines in between). */
export function parseRow(line: string, fields: readonly StreamField[]): Row | null {
  const cells = line.split(', ');
  if (cells.length < fields.length) return null;
  const last = fields.length - 1;
  const at = (field: StreamField) => {
    const position = fields.indexOf(field);
    if (position === -1) return undefined;
    return position === last ? cells.slice(last).join(', ') : cells[position];
  };
  const index = Number(at('index'));
  const uuid = at('uuid');
  if (!Number.isInteger(index) || index < 0 || !uuid?.startsWith('GPU-')) return null;
  const state = cells.map((cell) => states[cell.trim()]).find((found) => found !== undefined) ?? 'ok';
  return {
    sample: {
      uuid,
      index,
      state,
      memoryTotalMiB: figure(at('memory.total')),
      memoryReservedMiB: figure(at('memory.reserved')),
      memoryUsedMiB: figure(at('memory.used')),
      memoryFreeMiB: figure(at('memory.free')),
      utilizationGpu: figure(at('utilization.gpu')),
      temperature: figure(at('temperature.gpu')),
      powerDrawW: figure(at('power.draw')),
      powerLimitW: figure(at('enforced.power.limit')),
      ours: null,
    },
    name: at('name')?.trim() ?? 'GPU',
    driverVersion: at('driver_version') ?? null,
  };
}

export interface RowTick {
  tick: Tick;
  rows: Row[];
}

export interface TickParser {
  /** Text as it arrived, cut anywhere; `time` is the Unix millisecond of its arrival. */
  push(text: string, time: number): RowTick[];
  /** The tick that waits for more rows, as it stands; null where there is none. */
  flush(): RowTick | null;
}

/** Rows come without a delimiter between ticks: a tick ends where the index wraps, or when it is as long as the last. */
export function createTickParser(fields: readonly StreamField[]): TickParser {
  let rest = '';
  let rows: Row[] = [];
  let time = 0;
  let expected = 0;

  const take = (): RowTick | null => {
    if (rows.length === 0) return null;
    const done = { tick: { time, gpus: rows.map((row) => row.sample) }, rows };
    expected = rows.length;
    rows = [];
    return done;
  };
  const add = (row: Row, now: number): RowTick[] => {
    const last = rows.at(-1);
    const wrapped = last !== undefined && row.sample.index <= last.sample.index ? take() : null;
    if (rows.length === 0) time = now;
    rows.push(row);
    const full = rows.length === expected ? take() : null;
    return [wrapped, full].filter((done) => done !== null);
  };

  return {
    push(text, now) {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      return lines.flatMap((line) => {
        const row = parseRow(line.trimEnd(), fields);
        return row ? add(row, now) : [];
      });
    },
    flush: take,
  };
}
