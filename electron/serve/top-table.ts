import type { TopAnswer } from '../core/watching/index.ts';

type Row = Record<string, unknown>;
type Column = readonly [title: string, cell: (row: Row) => unknown, side?: 'right'];

/** `-` is an unavailable value: --json gives the reason. Control characters are removed: a program's name is untrusted. */
const text = (value: unknown) =>
  value === null || value === undefined ? '-' : String(value).replaceAll(/\p{C}/gu, ' ');
const of = (value: unknown, whole: unknown) => `${text(value)} / ${text(whole)}`;

const gpuColumns: readonly Column[] = [
  ['GPU', (gpu) => gpu.index, 'right'],
  ['NAME', (gpu) => (gpu.unified_memory ? `${text(gpu.name)} (unified memory)` : gpu.name)],
  ['STATE', (gpu) => gpu.state],
  ['MEMORY MiB', (gpu) => of(gpu.memory_used_mib, gpu.memory_total_mib), 'right'],
  ['UTIL %', (gpu) => gpu.utilization_gpu, 'right'],
  ['TEMP C', (gpu) => gpu.temperature, 'right'],
  ['POWER W', (gpu) => of(gpu.power_draw_w, gpu.power_limit_w), 'right'],
  ['THROTTLED BY', (gpu) => ((gpu.throttle_reasons ?? []) as string[]).filter((one) => one !== 'gpu_idle').join(' ')],
];

const processColumns = (gpus: readonly Row[]): readonly Column[] => [
  ['GPU', (one) => gpus.find(({ uuid }) => uuid === one.gpu_uuid)?.index, 'right'],
  ['PID', (one) => one.pid, 'right'],
  ['USER', (one) => one.user],
  ['MEMORY MiB', (one) => one.used_memory_mib, 'right'],
  ['COMMAND', (one) => one.command ?? one.name],
];

function table(columns: readonly Column[], rows: readonly Row[], width: number): string {
  const cells = [columns.map(([title]) => title), ...rows.map((row) => columns.map(([, cell]) => text(cell(row))))];
  const widths = columns.map((_, i) => Math.max(...cells.map((line) => line[i]?.length ?? 0)));
  const pad = (cell: string, i: number) =>
    columns[i]?.[2] === 'right' ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0);
  return cells.map((line) => line.map(pad).join('  ').trimEnd().slice(0, width)).join('\n');
}

/** One answer as tables, in lines of at most `width` characters. */
export function tableOf(
  { time, source, driver_version, gpus, processes, processes_reason }: TopAnswer,
  width: number,
): string {
  const head = `${time}  ${source}  driver ${text(driver_version)}`;
  const bySize = [...(processes ?? [])].sort((a, b) => Number(b.used_memory_mib ?? 0) - Number(a.used_memory_mib ?? 0));
  const list = processes ? table(processColumns(gpus), bySize, width) : text(processes_reason);
  return [head.slice(0, width), table(gpuColumns, gpus, width), list].join('\n\n');
}
