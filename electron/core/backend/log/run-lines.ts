import { readFile } from 'node:fs/promises';
import type { RunLog } from '#contract';
import { plainLines } from '../reasons/plain-lines.ts';

/** Characters that a page shows of it; the start and the end matter most. */
const HEAD = 20_000;
const TAIL = 60_000;

/** The worker's lines around a run (python/lbs/worker/log_lines.py). */
const begins = (reqId: string) => `[Runner] Run ${reqId} begins:`;
const ends = (reqId: string) => `[Runner] Run ${reqId} ends`;
const ANOTHER = '[Runner] Run ';

/**
 * The lines between a run's own first and last one, from the newest of its `files` (newest first). A worker that died wrote
 * no last line: there they go on until another run begins.
 */
export async function runLines(files: readonly string[], reqId: string): Promise<RunLog> {
  let later = '';
  for (const file of files) {
    const text = await readFile(file, 'utf8').catch(() => null);
    if (text === null) break;
    const start = startOf(text, reqId);
    if (start >= 0) return shortened(plainLines(endOf(text.slice(start) + later, reqId)).join('\n'));
    // A run longer than the files that are kept has lost its beginning.
    later = text + later;
  }
  return { text: null, left: 0 };
}

/** Where its last attempt begins: a line of its own, whatever a model has printed. */
function startOf(text: string, reqId: string): number {
  const mark = begins(reqId);
  let at = text.lastIndexOf(mark);
  while (at > 0 && text[at - 1] !== '\n') at = text.lastIndexOf(mark, at - 1);
  return at;
}

function endOf(text: string, reqId: string): string {
  const last = text.indexOf(`\n${ends(reqId)}`);
  if (last >= 0) return text.slice(0, lineEnd(text, last + 1));
  const other = text.indexOf(`\n${ANOTHER}`, 1);
  return other >= 0 ? text.slice(0, other + 1) : text;
}

const lineEnd = (text: string, from: number) => {
  const end = text.indexOf('\n', from);
  return end < 0 ? text.length : end + 1;
};

function shortened(text: string): RunLog {
  const left = text.length - HEAD - TAIL;
  if (left <= 0) return { text, left: 0 };
  return { text: `${text.slice(0, HEAD)}\n…\n${text.slice(-TAIL)}`, left };
}
