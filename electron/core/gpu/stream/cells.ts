import type { GpuSample, UnavailableReason } from '#contract';

const NUMBER = /^-?\d+(\.\d+)?$/;

/** A number, or null for `[N/A]`, `[GPU is lost]` and the like: never 0. */
export const numberIn = (cell: string | undefined): number | null => {
  const text = cell?.trim() ?? '';
  return NUMBER.test(text) ? Number(text) : null;
};

/** Numbers with a prefix, such as `P8` and `0x0000000000000004`. */
const prefixed = (cell: string | undefined): number | null => {
  const match = /^(?:P(\d+)|(0x[\dA-Fa-f]+))$/.exec(cell?.trim() ?? '');
  return match ? Number(match[1] ?? match[2]) : null;
};

/** A number in any notation. */
export const read = (cell: string | undefined) => numberIn(cell) ?? prefixed(cell);

/** Why a cell has no number. */
export function reasonIn(cell: string | undefined): UnavailableReason {
  if (cell === undefined) return 'not_listed';
  if (/lost/i.test(cell)) return 'lost';
  if (/requires reset/i.test(cell)) return 'needs_reset';
  if (/permission/i.test(cell)) return 'no_permission';
  if (/deprecated/i.test(cell)) return 'deprecated';
  return /^\[?(N\/A|Not Supported)\]?$/i.test(cell.trim()) ? 'not_supported' : 'unknown_error';
}

/** A name or a word; null where the cell says that there is none. */
export const word = (cell: string | undefined): string | null => {
  const text = cell?.trim() ?? '';
  return text === '' || text === 'N/A' || (text.startsWith('[') && text.endsWith(']')) ? null : text;
};

/** One such cell applies to the whole GPU. */
const wholeGpu = new Map<string, GpuSample['state']>([
  ['[GPU is lost]', 'lost'],
  ['[GPU requires reset]', 'needs_reset'],
]);
/** These apply to the GPU only in its memory cell: a working GPU may report them for its power or fans. */
const refused = new Map<string, GpuSample['state']>([
  ['[Insufficient Permissions]', 'no_permission'],
  ['[Unknown Error]', 'unknown_error'],
]);

export function stateOf(cells: readonly string[], used: string | undefined): GpuSample['state'] {
  for (const cell of cells) {
    const state = cell.startsWith('[GPU') ? wholeGpu.get(cell.trim()) : undefined;
    if (state) return state;
  }
  return refused.get(used?.trim() ?? '') ?? 'ok';
}

export const onOff = (cell: string | undefined): boolean | null => {
  const text = cell?.trim();
  return text === 'Enabled' ? true : text === 'Disabled' ? false : null;
};
