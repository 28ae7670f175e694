import type { LogLevel, LogLine, LogLines } from '#contract';
import { plainLines } from '../reasons/plain-lines.ts';

const KEPT = 10_000;
/** Lines of one answer. */
const MOST = 2_000;
/** Characters of one line; the terminal and the file have the rest. */
const LONGEST = 4_000;
/** An unfinished line that is longer is a progress bar that never ends: only its end matters. */
const UNFINISHED = 64 * 2 ** 10;

const BEGINS = /^\[Runner\] Run (\S+) begins:/;
const ENDS = /^\[Runner\] Run (\S+) ends/;
const ERROR =
  /\b(?:ERROR|CRITICAL|FATAL)\b|^Traceback \(most recent call last\)|^(?:[\w.]+\.)?\w*(?:Error|Exception)(?::|$)/;
const WARNING = /\bWARN(?:ING)?\b|\w*Warning:/;
const TRACEBACK = /^(?:Traceback \(|Exception in thread )/;

/**
 * The backend's output as lines with time, level and run. A line counts when its end arrives; a progress bar is one line,
 * in its last state.
 */
export function createLogLines(now: () => number = Date.now) {
  let lines: LogLine[] = [];
  let next = 0;
  let unfinished = '';
  let run: string | null = null;
  let traceback = false;

  const levelOf = (text: string): LogLevel => {
    if (TRACEBACK.test(text)) traceback = true;
    else if (traceback && !/^\s/.test(text)) {
      // The first line that is not indented names the exception.
      traceback = false;
      return 'error';
    }
    if (traceback || ERROR.test(text)) return 'error';
    return WARNING.test(text) ? 'warning' : 'info';
  };
  const add = (text: string) => {
    const begun = BEGINS.exec(text)?.[1];
    if (begun !== undefined) run = begun;
    lines.push({ number: next, time: now(), level: levelOf(text), run, text: text.slice(0, LONGEST) });
    next += 1;
    if (ENDS.exec(text)?.[1] === run) run = null;
  };
  return {
    /** `text`: filtered output, in pieces of any size. */
    write(text: string): void {
      const end = text.lastIndexOf('\n');
      if (end < 0) {
        unfinished = (unfinished + text).slice(-UNFINISHED);
        return;
      }
      for (const line of plainLines(unfinished + text.slice(0, end))) add(line);
      unfinished = text.slice(end + 1);
      if (lines.length > 2 * KEPT) lines = lines.slice(-KEPT);
    },
    /** The lines from this number on, or the newest where that is null; of those that are kept. */
    from(number: number | null): LogLines {
      const kept = lines.slice(-KEPT);
      const first = kept[0]?.number ?? next;
      const start = number === null ? Math.max(0, kept.length - MOST) : Math.max(0, number - first);
      const found = kept.slice(start, start + MOST);
      return { lines: found, next: (found.at(-1)?.number ?? Math.max(number ?? 0, next) - 1) + 1 };
    },
  };
}

export type BackendLogLines = ReturnType<typeof createLogLines>;
