import type { LogLevel, LogLine, LogLines } from '#contract';
import { createTextTail } from '../../base/index.ts';
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

/** Output that nobody has asked for is kept as it came, up to this many characters: a flood must not cost a parser. */
const UNREAD = 2 * 2 ** 20;
/** How exactly the time of unread output is known. */
const TIME_MS = 100;
const MARK = /^\[Runner\] Run (\S+) (begins:|ends)/gm;

/**
 * The backend's output as lines with time, level and run. A line counts when its end arrives; a progress bar is one line,
 * in its last state. Text is parsed when somebody asks for lines.
 */
export function createLogLines(now: () => number = Date.now) {
  const unread = createUnread(now);
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
  const add = (text: string, time: number) => {
    const begun = BEGINS.exec(text)?.[1];
    if (begun !== undefined) run = begun;
    lines.push({ number: next, time, level: levelOf(text), run, text: text.slice(0, LONGEST) });
    next += 1;
    if (ENDS.exec(text)?.[1] === run) run = null;
  };
  const parse = () => {
    const { pieces, gap } = unread.take();
    if (gap) {
      // What was dropped lies between the older lines and the new ones.
      lines = [];
      unfinished = '';
      traceback = false;
      if (gap.run !== undefined) run = gap.run;
    }
    for (const { text, time } of pieces) {
      const end = text.lastIndexOf('\n');
      if (end >= 0) for (const line of plainLines(unfinished + text.slice(0, end))) add(line, time);
      unfinished = end < 0 ? (unfinished + text).slice(-UNFINISHED) : text.slice(end + 1);
    }
    lines = lines.slice(-KEPT);
  };
  return {
    /** `text`: filtered output, in pieces of any size. */
    write: unread.push,
    /** The lines from this number on, or the newest where that is null; of those that are kept. */
    from(number: number | null): LogLines {
      parse();
      const first = lines[0]?.number ?? next;
      const start = number === null ? Math.max(0, lines.length - MOST) : Math.max(0, number - first);
      const found = lines.slice(start, start + MOST);
      return { lines: found, next: (found.at(-1)?.number ?? Math.max(number ?? 0, next) - 1) + 1 };
    },
  };
}

export type BackendLogLines = ReturnType<typeof createLogLines>;

/** Output with its times. Offsets count characters since the first one. */
function createUnread(now: () => number) {
  const tail = createTextTail(UNREAD);
  let end = 0;
  let times: { until: number; time: number }[] = [];
  let runs: { at: number; run: string | null }[] = [];
  return {
    push(text: string): void {
      if (text.includes('[Runner] Run '))
        for (const { index, 1: id = '', 2: what } of text.matchAll(MARK))
          runs.push({ at: end + index, run: what === 'ends' ? null : id });
      tail.push(text);
      end += text.length;
      const time = now();
      const newest = times.at(-1);
      if (newest && time - newest.time < TIME_MS) newest.until = end;
      else times.push({ until: end, time });
      const start = end - tail.length();
      while (times.length > 1 && (times[0]?.until ?? 0) <= start) times.shift();
    },
    /** `gap`: output was dropped before the first piece; its `run` is the one that was in progress then, where it changed. */
    take(): { pieces: { text: string; time: number }[]; gap: { run: string | null | undefined } | null } {
      const start = end - tail.length();
      const gap = tail.dropped() > 0 ? { run: runs.findLast(({ at }) => at < start)?.run } : null;
      const text = tail.take(tail.length());
      let from = start;
      const pieces = times.map(({ until, time }) => {
        const piece = { text: text.slice(from - start, until - start), time };
        from = until;
        return piece;
      });
      times = [];
      runs = [];
      return { pieces, gap };
    },
  };
}
