import { createStream, type PanelStream } from '../streams.ts';
import { createLineCutter } from './plain-text.ts';
import { createRotatingFile } from './rotating-file.ts';

const TAIL_CHARS = 256 * 1024;
/** Smaller pieces are joined in the tail, so that it does not become a list of single letters. */
const PIECE_CHARS = 4 * 1024;
const LAST_LINES = 20;

export interface BackendLog {
  readonly stream: PanelStream<'log'>;
  /** What the terminal shows, escape sequences included. */
  push(text: string): void;
  /** A line of the panel itself among the backend's. */
  note(sentence: string): void;
  /** The last lines since the last begin(), plain. */
  lastLines(): string[];
  /** A new start: its last lines are its own. */
  begin(): void;
  flush(): Promise<void>;
}

/** The backend's terminal: the live stream with a tail, a rotating file of plain lines, and the last lines. */
export function createBackendLog(file: string): BackendLog {
  const rotating = createRotatingFile({ file, maxBytes: 10 * 1024 * 1024, files: 5 });
  const tail: string[] = [];
  let tailChars = 0;
  let lines: string[] = [];
  const stream = createStream<'log'>(() => [...tail]);
  const cutter = createLineCutter((line) => {
    rotating.write(`${line}\n`);
    if (line.trim() !== '') lines = [...lines.slice(1 - LAST_LINES), line];
  });

  const keep = (text: string) => {
    const last = tail.at(-1);
    if (last !== undefined && last.length + text.length <= PIECE_CHARS) tail[tail.length - 1] = last + text;
    else tail.push(text);
    tailChars += text.length;
    while (tailChars > TAIL_CHARS && tail.length > 1) tailChars -= tail.shift()?.length ?? 0;
  };
  const push = (text: string) => {
    if (text === '') return;
    keep(text);
    cutter.push(text);
    stream.push(text);
  };
  const flushLine = () => cutter.flush();

  return {
    stream,
    push,
    note: (sentence) => {
      flushLine();
      push(`\r\n\x1b[2m[Headroom] ${sentence}\x1b[0m\r\n`);
    },
    lastLines() {
      flushLine();
      return [...lines];
    },
    begin() {
      flushLine();
      lines = [];
    },
    flush: () => rotating.flush(),
  };
}
