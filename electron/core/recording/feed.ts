import { type PanelState, recordingBounds, type ServerMessage, type StreamName } from '#contract';
import type { Cleaner } from './clean.ts';

/** State lines come at most this often. */
const STATE_MS = 500;
/** So many items are made into a line in one turn: a backlog of ten minutes is thousands. */
const SLICE: Record<StreamName, number> = { ticks: 40, log: 1, runs: 1 };
/** How much of a line that has no end yet is waited for: a name that is cut in two would not be found. */
const HELD_CHARACTERS = 4_096;

type Items = { stream: StreamName; items: readonly unknown[]; dropped: number };

export interface Feed {
  /** A message of the session. Lines come later, a few at each turn. */
  take(message: ServerMessage): void;
  /** More than can be written at once has come. */
  waits(): boolean;
  /** What waits for the end of its line since the last call no longer does. */
  settle(): void;
  /** Writes all that waits. */
  finish(): void;
  /** Nothing more is written. */
  close(): void;
}

/** Makes lines of a recording out of what a session tells. `write` answers false where nothing more can be written. */
export function createFeed(clean: Cleaner, write: (line: string) => boolean): Feed {
  const queue: Items[] = [];
  const told = new Map<string, { value: unknown; text: string }>();
  let state: PanelState | null = null;
  let stateAt = Number.NEGATIVE_INFINITY;
  let stateTimer: NodeJS.Timeout | null = null;
  let turn: NodeJS.Immediate | null = null;
  let held = { text: '', old: false };
  let last = 0;
  let closed = false;

  /** The clock may be set back; a recording's time never goes back. */
  const now = () => {
    last = Math.max(last, Date.now());
    return last;
  };
  const put = (line: string) => {
    if (!closed && !write(line)) close();
  };
  /** False where it is beyond all measure, as a run's result may be: the recording goes on without it. */
  const fitting = (line: string) => {
    const fits = Buffer.byteLength(line) <= recordingBounds.lineBytes;
    if (fits) put(line);
    return fits;
  };
  const writeState = () => {
    if (stateTimer) clearTimeout(stateTimer);
    stateTimer = null;
    if (!state) return;
    stateAt = Date.now();
    const changed = changes(told, recordedParts(state), clean);
    state = null;
    if (changed.length === 0) return;
    // Each on its own where together they would be too long a line.
    const parts = changed.join(',').length < recordingBounds.lineBytes / 4 ? [changed.join(',')] : changed;
    for (const part of parts) fitting(`{"type":"state","at":${now()},"changed":{${part}}}`);
  };
  const writeItems = ({ stream, items, dropped }: Items) => {
    const lineOf = (texts: readonly string[], lost: number) =>
      `{"type":"items","at":${now()},"stream":"${stream}","items":[${texts.join(',')}],"dropped":${lost}}`;
    const line = lineOf(
      items.map((item) => clean.json(item)),
      dropped,
    );
    if (!fitting(line)) put(lineOf([], dropped + items.length));
  };
  const writeLog = (text: string, dropped = 0) => writeItems({ stream: 'log', items: [text], dropped });

  const takeLog = (items: readonly unknown[], dropped: number) => {
    if (dropped > 0 && held.text) writeLog(held.text);
    const before = dropped > 0 ? '' : held.text;
    const text = before + items.join('');
    const end = Math.max(text.lastIndexOf('\n'), text.lastIndexOf('\r')) + 1;
    const cut = Math.max(end, text.length - HELD_CHARACTERS);
    held = { text: text.slice(cut), old: false };
    if (cut > 0 || dropped > 0) writeLog(text.slice(0, cut), dropped);
  };
  const step = () => {
    const next = queue.shift();
    if (next?.stream === 'log') takeLog(next.items, next.dropped);
    else if (next) writeItems(next);
  };
  const run = () => {
    turn = null;
    step();
    if (queue.length > 0 && !closed) turn = setImmediate(run);
  };
  const takeItems = ({ stream, items, dropped }: Extract<ServerMessage, { type: 'items' }>) => {
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
  const settle = () => {
    if (held.text && held.old) {
      writeLog(held.text);
      held = { text: '', old: false };
    } else held.old = true;
  };

  return {
    take(message) {
      if (closed) return;
      if (message.type === 'items') takeItems(message);
      if (message.type !== 'state') return;
      state = message.state;
      const left = stateAt + STATE_MS - Date.now();
      if (left <= 0) writeState();
      else stateTimer ??= setTimeout(writeState, left);
    },
    waits: () => queue.length > 0,
    settle,
    finish() {
      writeState();
      while (queue.length > 0) step();
      held.old = true;
      settle();
      close();
    },
    close,
  };
}

/** A recording does not tell of recordings, and the revision of a state changes with everything. */
const recordedParts = (state: PanelState): PanelState => ({
  ...state,
  revision: 0,
  recording: { on: null, ended: null },
});

/** What is not as it was told last, as parts of a JSON object. */
function changes(told: Map<string, { value: unknown; text: string }>, state: PanelState, clean: Cleaner): string[] {
  return Object.entries(state).flatMap(([key, value]) => {
    const before = told.get(key);
    if (before?.value === value) return [];
    const text = clean.json(value);
    told.set(key, { value, text });
    return before?.text === text ? [] : [`${JSON.stringify(key)}:${text}`];
  });
}
