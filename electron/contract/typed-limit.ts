import { problemOf } from './input-problems.ts';
import { type Limit, limitSchema } from './limit.ts';
import type { Sentence } from './sentence.ts';

/** Below this, a number without a unit may as well mean GiB. */
const LEAST_PERCENT = 10;

const NUMBER = String.raw`\d+(?:\.\d+)?`;
const BARE = new RegExp(`^${NUMBER}$`);
/** What is said around a size that is to stay free. */
const LEAVE =
  /^(?:leave|keep|spare|reserve|all but|保留|预留|留出|留下|留|剩余|剩下|剩)\s*(.+?)\s*(?:free|空闲|不用)?$/i;
const AT_MOST = /^(?:at most|up to|max|最多|至多|不超过)\s*(.+)$/i;
const NONE = /^(?:off|none|no limit|unlimited|关|关闭|无|不限|不限制|无限制)$/i;
const PERCENT = new RegExp(`^(${NUMBER})\\s*%$`);

export type TypedLimit = { limit: Limit } | { problem: Sentence };

/**
 * Reads a limit as people write it: besides the forms of the variable `80` and `80 %` (of each GPU), `22 GiB`,
 * `leave 2 GiB`, `保留 2 GiB` and `off`. 1 is all of each GPU, as in the variable; a number above 1 and below 10 is refused,
 * because it may be a percentage or a size.
 */
export function readTypedLimit(typed: string): TypedLimit {
  const plain = typed.normalize('NFKC').trim().replace(/[−–]/g, '-');
  // A comma is a decimal point in half of the world; a limit has no thousands.
  const text = plain.replace(/(\d),(\d)/g, '$1.$2').replace(/\s+/g, ' ');
  if (NONE.test(text)) return { limit: 0 };
  const left = LEAVE.exec(text)?.[1];
  if (left !== undefined) return leaving(left);
  return exact(asVariable(AT_MOST.exec(text)?.[1] ?? text));
}

/** `2 GiB` or `20 %` that stays free. */
function leaving(text: string): TypedLimit {
  const percent = PERCENT.exec(text)?.[1];
  if (percent === undefined) return exact(`-${text}`);
  // In whole parts of a million: 100 % less 20 % is 0.8 exactly.
  const share = Math.round((100 - Number(percent)) * 10_000) / 1_000_000;
  // What leaves everything free would be 0, which means no limit.
  return exact(share > 0 ? String(share) : '');
}

/** A number that can only be a percentage, written as one. */
const asVariable = (text: string) =>
  BARE.test(text) && Number(text) >= LEAST_PERCENT && Number(text) <= 100 ? `${text}%` : text;

function exact(text: string): TypedLimit {
  const read = limitSchema.safeParse(text);
  if (read.success) return { limit: read.data };
  return { problem: problemOf(read.error.issues[0]) };
}
