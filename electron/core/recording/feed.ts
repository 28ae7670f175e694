import { type PanelState, recordingBounds, type ServerMessage, type StreamName } from '#contract';
import type { Cleaner } from './clean.ts';

/** The shortest time between two state lines. */
const STATE_MS = 500;
/** Items that become one line in one turn: a backlog of ten minutes has thousands. */
const SLICE: Record<StreamName, number> = { ticks: 40, log: 1, runs: 1 };
/** Characters of an unfinished log line that are held back: a name or a secret that is split in two would not be removed. */
const HELD_CHARACTERS = 8_192;
/** Lines that belong together: a private key that has not ended, and base64 that was wrapped. */
const OPEN_BLOCKS = [
  /-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----(?![\s\S]*-----END)/,
  /(?<![\w+/=-])[\w+/=-]{60,}\r?\n(?:[\w+/=-]{60,}\r?\n)*[\w+/=-]*$/,
];

type Items = { stream: StreamName; items: readonly unknown[]; dropped: number };

export interface Feed {
  /** Takes a message of the session; its lines follow a few at a time. */
  push(message: ServerMessage): void;
  /** Whether messages wait to be written. */
  isPending(): boolean;
  /** Writes everything that waits. */
  finish(): void;
  /** Discards everything that waits. */
  close(): void;
}

/** Turns the messages of a session into lines of a recording. `write` returns false when the recording is full. */
export function createFeed(clean: Cleaner, write: (line: string) => boolean): Feed {
  const queue: Items[] = [];
  const written = new Map<string, { value: unknown; text: string }>();
  let state: PanelState | null = null;
  let stateAt = Number.NEGATIVE_INFINITY;
  let stateTimer: NodeJS.Timeout | null = null;
  let turn: NodeJS.Immediate | null = null;
  let held = '';
  let last = 0;
  let closed = false;

  /** The clock may be set back; the time of a recording never goes back. */
  const now = () => {
    last = Math.max(last, Date.now());
    return last;
  };
  const put = (line: string) => {
    if (!closed && !write(line)) close();
  };
  /** Returns false for an oversized line, such as a huge result: the recording continues without it. */
  const putIfFitting = (line: string) => {
    const fits = Buffer.byteLength(line) <= recordingBounds.lineBytes;
    if (fits) put(line);
    return fits;
  };
  const writeState = () => {
    if (stateTimer) clearTimeout(stateTimer);
    stateTimer = null;
    if (!state) return;
    stateAt = Date.now();
    const changed = changes(written, recordedParts(state), clean);
    state = null;
    if (changed.length === 0) return;
    // One line per key where a single line would be too long.
    const parts = changed.join(',').length < recordingBounds.lineBytes / 4 ? [changed.join(',')] : changed;
    for (const part of parts) putIfFitting(`{"type":"state","at":${now()},"changed":{${part}}}`);
  };
  const writeItems = ({ stream, items, dropped }: Items) => {
    const lineOf = (texts: readonly string[], lost: number) =>
      `{"type":"items","at":${now()},"stream":"${stream}","items":[${texts.join(',')}],"dropped":${lost}}`;
    const line = lineOf(
      items.map((item) => clean.json(item)),
      dropped,
    );
    if (!putIfFitting(line)) put(lineOf([], dropped + items.length));
  };
  const writeLog = (text: string, dropped = 0) => writeItems({ stream: 'log', items: [text], dropped });

  const pushLog = (items: readonly unknown[], dropped: number) => {
    if (dropped > 0 && held) writeLog(held);
    const text = (dropped > 0 ? '' : held) + items.join('');
    const cut = cutOf(text, clean);
    held = text.slice(cut);
    if (cut > 0 || dropped > 0) writeLog(text.slice(0, cut), dropped);
  };
  const step = () => {
    const next = queue.shift();
    if (next?.stream === 'log') pushLog(next.items, next.dropped);
    else if (next) writeItems(next);
  };
  const run = () => {
    turn = null;
    step();
    if (queue.length > 0 && !closed) turn = setImmediate(run);
  };
  const pushItems = ({ stream, items, dropped }: Extract<ServerMessage, { type: 'items' }>) => {
    for (let at = 0; at === 0 || at < items.length; at += SLICE[stream])
      queue.push({ stream, items: items.slice(at, at + SLICE[stream]), dropped: at === 0 ? dropped : 0 });
    turn ??= setImmediate(run);
  };
  const close = () => {
    closed = true;
    if (stateTimer) clearTimeout(stateTimer);
    if (turn) clearImmediate(turn);
    queue.length = 0;
  };

  return {
    push(message) {
      if (closed) return;
      if (message.type === 'items') pushItems(message);
      if (message.type !== 'state') return;
      state = message.state;
      const left = stateAt + STATE_MS - Date.now();
      if (left <= 0) writeState();
      else stateTimer ??= setTimeout(writeState, left);
    },
    isPending: () => queue.length > 0,
    finish() {
      writeState();
      while (queue.length > 0) step();
      if (held) writeLog(held);
      held = '';
      close();
    },
    close,
  };
}

/** How much of the log can be written: whole lines, and what is too long to be held. */
function cutOf(text: string, clean: Cleaner): number {
  const lines = Math.max(text.lastIndexOf('\n'), text.lastIndexOf('\r')) + 1;
  const tail = text.slice(-HELD_CHARACTERS);
  const blocks = OPEN_BLOCKS.map((pattern) => tail.search(pattern)).filter((at) => at >= 0);
  const held = text.length - tail.length;
  const end = Math.min(lines, ...blocks.map((at) => at + held));
  return end >= held ? end : clean.cut(text, held);
}

/**
 * Without the state of recordings, and without the revision, which changes with everything. The last line of output may be half
 * of one, with half of a secret: the log has it as a whole.
 */
const recordedParts = (state: PanelState): PanelState => ({
  ...state,
  revision: 0,
  backend: { ...state.backend, lastLine: null },
  recording: { on: null, ended: null },
});

/** The keys that changed since the last line, as parts of a JSON object. */
function changes(written: Map<string, { value: unknown; text: string }>, state: PanelState, clean: Cleaner): string[] {
  return Object.entries(state).flatMap(([key, value]) => {
    const before = written.get(key);
    if (before?.value === value) return [];
    const text = clean.json(value);
    written.set(key, { value, text });
    return before?.text === text ? [] : [`${JSON.stringify(key)}:${text}`];
  });
}
