import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import {
  PanelError,
  type RecordingFile,
  type RecordingHeader,
  type RecordingState,
  recordingBounds,
  type StreamName,
} from '#contract';
import type { Person } from '../incidents/index.ts';
import type { PanelFeed } from '../session/index.ts';
import { createSession } from '../session/index.ts';
import { createCleaner } from './clean.ts';
import { createFeed } from './feed.ts';
import { deleteRecording, fileOf, listRecordings, nameFor, readPiece } from './folder.ts';
import { createPackedFile } from './packed-file.ts';

/** A SIGKILL loses no more than this of a recording. */
const FLUSH_MS = 2_000;
/** A session gives at most 256 Ki characters of the log in one turn, and holds 2 Mi. */
const LAST_TURNS = 10;
const STREAMS: readonly StreamName[] = ['ticks', 'runs', 'log'];

export interface RecordingOptions {
  folder: string;
  /** Headroom's own. */
  version: string;
  /** Who is not named in it. */
  person: Person;
  /** What must not be in it, though nothing in its looks says so. */
  secrets?: () => readonly string[];
  /** What is recorded: it is followed as one more page follows it. Asked for when a recording starts. */
  source(): PanelFeed;
  onChange(state: RecordingState): void;
}

export interface RecordingRoom {
  state(): RecordingState;
  /** Fails with a PanelError where one is on, or the file cannot be made. */
  start(): Promise<void>;
  /** Answers the finished file. Fails with a PanelError where none is on. */
  stop(): Promise<RecordingFile>;
  /** Newest first, without the one that is being written. */
  list(): Promise<RecordingFile[]>;
  /** 512 KiB from `offset` on. */
  read(asked: { name: string; offset: number }): Promise<{ base64: string; next: number | null }>;
  delete(name: string): Promise<void>;
  /** The panel ends: what is on is finished. */
  close(): Promise<void>;
}

interface Running {
  name: string;
  since: number;
  bytes(): number;
  /** Writes what waits, where it still can, and closes the file. */
  end(): Promise<void>;
}

/** The session as a file: see contract/recording.ts for what is in it. Never slows the panel. */
export function createRecording(options: RecordingOptions): RecordingRoom {
  const { folder, onChange } = options;
  let running: Running | null = null;
  let starting = false;
  let ended: RecordingState['ended'] = null;

  const state = (): RecordingState => ({
    on: running && { name: running.name, since: running.since, bytes: running.bytes() },
    ended,
  });
  const tell = () => onChange(state());
  const endedByItself = (name: string, why: string) => {
    if (running?.name !== name) return;
    const { end } = running;
    running = null;
    ended = { name, why };
    tell();
    void end();
  };
  const finish = async () => {
    const done = running;
    running = null;
    await done?.end();
    if (done) tell();
    return done;
  };

  return {
    state,
    async start() {
      if (running || starting) throw new PanelError('busy', 'A recording is on already: stop it first.');
      starting = true;
      try {
        await mkdir(folder, { recursive: true, mode: 0o700 });
        running = begin(options, tell, endedByItself);
        ended = null;
        tell();
      } catch (error) {
        throw new PanelError('refused', `The recording cannot be written: ${(error as Error).message}.`);
      } finally {
        starting = false;
      }
    },
    async stop() {
      const done = await finish();
      if (!done) throw new PanelError('not_ready', 'No recording is on.');
      return fileOf(folder, done.name).catch((error: Error) => {
        throw new PanelError('refused', `The recording is lost: ${error.message}.`);
      });
    },
    list: () => listRecordings(folder, running?.name ?? null),
    read: ({ name, offset }) => readPiece(folder, name, offset),
    async delete(name) {
      if (running?.name === name) throw new PanelError('busy', 'This recording is on: stop it first.');
      await deleteRecording(folder, name);
    },
    close: async () => void (await finish()),
  };
}

const FULL = `It had reached the largest size of a recording (${recordingBounds.packedBytes / 2 ** 20} MiB packed, ${recordingBounds.unpackedBytes / 2 ** 20} MiB unpacked) and was ended.`;

/** One more page: its carrier is a file. */
function begin(
  { folder, version, person, secrets = () => [], source }: RecordingOptions,
  onGrown: () => void,
  onEnded: (name: string, why: string) => void,
): Running {
  const since = Date.now();
  const name = nameFor(since);
  const file = createPackedFile(join(folder, name), (error) =>
    onEnded(name, `The disk did not take it (${error.message}): it was ended.`),
  );
  const header: RecordingHeader = { format: 'headroom-recording', version: 1, time: since, headroom: version };
  file.line(JSON.stringify(header));
  const feed = createFeed(createCleaner({ person, secrets }), (line) => {
    const fits = file.line(line);
    // After this turn: whoever writes is still in the middle of it.
    if (!fits) queueMicrotask(() => onEnded(name, FULL));
    return fits;
  });
  let ending = false;
  const session = createSession(source(), {
    send(message) {
      feed.take(message);
      // What waits here is bounded by `isBusy`; the log is sent on only as it is taken.
      if (message.type === 'items' && message.stream === 'log')
        session.receive({ type: 'acknowledge', stream: 'log', characters: length(message.items) });
    },
    isBusy: () => !ending && (feed.waits() || file.behind()),
  });
  // Whoever records wants figures, also while the window is hidden.
  session.receive({ type: 'attention', level: 'visible' });
  for (const stream of STREAMS) session.receive({ type: 'subscribe', stream });
  let told = 0;
  const timer = setInterval(() => {
    feed.settle();
    file.flush();
    if (file.bytes() !== told) onGrown();
    told = file.bytes();
  }, FLUSH_MS);
  timer.unref();
  return {
    name,
    since,
    bytes: file.bytes,
    async end() {
      clearInterval(timer);
      // What led to the press of "stop" is what it is about: all that the session still holds is taken.
      ending = true;
      for (let turn = 0; turn < LAST_TURNS; turn += 1) session.flush();
      session.close();
      feed.finish();
      await file.end();
    },
  };
}

const length = (items: readonly unknown[]) => items.reduce<number>((sum, text) => sum + String(text).length, 0);
