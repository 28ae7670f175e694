import { z } from 'zod';
import { inputTexts } from './sentences.ts';

/**
 * LBS_GPU_MEMORY_LIMIT: a number is a fraction of each GPU (0: no limit); a text is a size, or what to keep free, such as
 * `22GiB` or `-2GiB`. Its twin is python/lbs/memory/limit_value.py.
 */
export type Limit = number | string;
export type LimitForm = 'fraction' | 'size' | 'remainder';

const MIB = 2 ** 20;
const unitBytes = { MiB: MIB, GiB: 2 ** 30, MB: 1e6, GB: 1e9 } as const;
type Unit = keyof typeof unitBytes;
const unitNames = Object.keys(unitBytes) as Unit[];

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;
const PERCENT = /^(\d{1,3}(?:\.\d{1,9})?)[ \t]*%$/;
const SIZE = /^(-?)[ \t]*(\d{1,9})(?:\.(\d{1,9}))?[ \t]*(MiB|GiB|MB|GB)$/i;
const HALF_A_UNIT = /^-?[ \t]*\d{1,9}(?:\.\d{1,9})?[ \t]*[gm]i?$/i;

type Problem = 'limit' | 'limitPlain' | 'limitUnit';

/** In its shortest form, as the backend reports it; or what is wrong with it. */
function readLimit(value: Limit): { limit: Limit } | { problem: Problem } {
  const text = String(value).trim();
  const percent = PERCENT.exec(text)?.[1];
  if (percent !== undefined) return readFraction(Number(percent) / 100);
  if (NUMBER.test(text)) return readFraction(Number(text));
  const size = SIZE.exec(text);
  if (size) {
    const [, sign = '', whole = '', decimals = '', unit = ''] = size;
    const rest = decimals.replace(/0+$/, '');
    const limit = `${sign}${whole.replace(/^0+(?=\d)/, '')}${rest && `.${rest}`}${unitNamed(unit)}`;
    return bytesOf(limit) >= 1 ? { limit } : { problem: 'limit' };
  }
  return { problem: HALF_A_UNIT.test(text) ? 'limitUnit' : 'limit' };
}

function readFraction(fraction: number): ReturnType<typeof readLimit> {
  if (fraction >= 0 && fraction <= 1) return { limit: fraction + 0 };
  if (fraction > 1 && fraction <= 100) return { problem: 'limitPlain' };
  return { problem: fraction <= -1 && fraction > -1000 ? 'limitUnit' : 'limit' };
}

const unitNamed = (text: string) => unitNames.find((unit) => unit.toLowerCase() === text.toLowerCase()) ?? 'MiB';

/** Of a limit with a unit, without its sign; 0 for any other text. */
function bytesOf(limit: string): number {
  const size = SIZE.exec(limit);
  return size ? Math.trunc(Number(`${size[2]}.${size[3] ?? 0}`) * unitBytes[unitNamed(size[4] ?? '')]) : 0;
}

export const limitSchema = z.union([z.number(), z.string()], inputTexts.limit).transform((value, context): Limit => {
  const read = readLimit(value);
  if ('limit' in read) return read.limit;
  context.addIssue({ code: 'custom', message: inputTexts[read.problem] });
  return z.NEVER;
});

export const limitForm = (limit: Limit): LimitForm =>
  typeof limit === 'number' ? 'fraction' : limit.startsWith('-') ? 'remainder' : 'size';

/** The budget of a GPU of `totalMiB`, in MiB; null without a limit. */
export function budgetMiB(limit: Limit, totalMiB: number): number | null {
  if (typeof limit === 'number') return limit > 0 ? limit * totalMiB : null;
  const size = bytesOf(limit) / MIB;
  if (size === 0) return null;
  return limitForm(limit) === 'size' ? Math.min(size, totalMiB) : Math.max(0, totalMiB - size);
}

/** `0.80`, `22GiB` or `-2GiB`: the one way in which limits are shown. Digits beyond two stay where there are any. */
export function limitText(limit: Limit): string {
  if (typeof limit !== 'number') return limit;
  const short = limit.toFixed(2);
  return Number(short) === limit ? short : String(limit);
}
