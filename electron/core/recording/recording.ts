import { join } from 'node:path';
import {
  PanelError,
  type RecordingFile,
  type RecordingHeader,
  type RecordingState,
  recordingBounds,
  type Sentence,
  type StreamName,
} from '#contract';
import { makeFolder } from '../base/index.ts';
import { createRedactor, loadDetector, type Person, type Redactor } from '../redaction/index.ts';
import type { PanelFeed } from '../session/index.ts';
import { createSession } from '../session/index.ts';
import { createCleaner } from './clean.ts';
import { createFeed } from './feed.ts';
import { deleteRecording, fileOf, listRecordings, nameFor, readPiece } from './folder.ts';
import { createPackedFile } from './packed-file.ts';
import { say } from './sentences.ts';

/** The most that a SIGKILL can cost of a recording. */
const FLUSH_MS = 2_000;
/** A session sends at most 256 Ki characters of the log in one turn, and buffers 2 Mi. */
const LAST_TURNS = 10;
const STREAMS: readonly StreamName[] = ['ticks', 'runs', 'log'];

interface RecordingOptions {
  folder: string;
  /** Headroom's own. */
  version: string;
  /** The person whose data is removed. */
  person: Person;
  /** Secret values that do not look like secrets. */
  secrets?: () => readonly string[];
  /** The recorded control plane, which the recording follows like another page; read when a recording starts. */
  source(): PanelFeed;
  onChange(state: RecordingState): void;
}

export interface RecordingRoom {
  state(): RecordingState;
  /** Throws PanelError where a recording is in progress, or the file cannot be created. */
  start(): Promise<void>;
  /** Returns the finished file. Throws PanelError where no recording is in progress. */
  stop(): Promise<RecordingFile>;
  /** Newest first, without the one in progress. */
  list(): Promise<RecordingFile[]>;
  /** Returns 512 KiB from `offset` on. */
  read(piece: { name: string; offset: number }): Promise<{ base64: string; next: number | null }>;
  delete(name: string): Promise<void>;
  /** Finishes the current recording when the panel exits. */
  close(): Promise<void>;
}

interface Running {
  name: string;
  since: number;
  bytes(): number;
  /** Writes what is buffered, as far as possible, and closes the file. */
  end(): Promise<void>;
}

/** Records a session to a file; contract/recording has its format. Never slows down the panel. */
export function createRecording(options: RecordingOptions): RecordingRoom {
  const { folder, onChange } = options;
  let running: Running | null = null;
  let starting = false;
  let ended: RecordingState['ended'] = null;

  const state = (): RecordingState => ({
    on: running && { name: running.name, since: running.since, bytes: running.bytes() },
    ended,
  });
  const report = () => onChange(state());
  const endedByItself = (name: string, why: Sentence) => {
    if (running?.name !== name) return;
    const { end } = running;
    running = null;
    ended = { name, why };
    report();
    void end();
  };
  const finish = async () => {
    const done = running;
    running = null;
    await done?.end();
    if (done) report();
    return done;
  };

  return {
    state,
    async start() {
      if (running || starting) throw new PanelError('busy', say('alreadyOn'));
      starting = true;
      try {
        await makeFolder(folder);
        const { person, secrets = () => [] } = options;
        const redactor = createRedactor({ detect: await loadDetector(), known: secrets, person });
        running = begin(options, redactor, report, endedByItself);
        ended = null;
        report();
      } catch (error) {
        throw new PanelError('refused', say('cannotWrite', { reason: (error as Error).message }));
      } finally {
        starting = false;
      }
    },
    async stop() {
      const done = await finish();
      if (!done) throw new PanelError('not_ready', say('notOn'));
      return fileOf(folder, done.name).catch((error: Error) => {
        throw new PanelError('refused', say('lost', { reason: error.message }));
      });
    },
    list: () => listRecordings(folder, running?.name ?? null),
    read: ({ name, offset }) => readPiece(folder, name, offset),
    async delete(name) {
      if (running?.name === name) throw new PanelError('busy', say('stillOn'));
      await deleteRecording(folder, name);
    },
    close: async () => void (await finish()),
  };
}

const SIZE_LIMIT = say('sizeLimit', {
  packed: recordingBounds.packedBytes / 2 ** 20,
  unpacked: recordingBounds.unpackedBytes / 2 ** 20,
});

/** Starts a session like that of a page, whose transport is a file. */
function begin(
  { folder, version, source }: RecordingOptions,
  redactor: Redactor,
  onGrown: () => void,
  onEnded: (name: string, why: Sentence) => void,
): Running {
  const since = Date.now();
  const name = nameFor(since);
  const file = createPackedFile(join(folder, name), (error) =>
    onEnded(name, say('diskFailed', { reason: error.message })),
  );
  const header: RecordingHeader = { format: 'headroom-recording', version: 1, time: since, headroom: version };
  file.line(JSON.stringify(header));
  const feed = createFeed(createCleaner(redactor), (line) => {
    const fits = file.line(line);
    // After this turn, because the writer is still active.
    if (!fits) queueMicrotask(() => onEnded(name, SIZE_LIMIT));
    return fits;
  });
  let ending = false;
  const session = createSession(source(), {
    send(message) {
      feed.push(message);
      // `isBusy` bounds the buffer; the log is acknowledged as it arrives.
      if (message.type === 'items' && message.stream === 'log')
        session.receive({ type: 'acknowledge', stream: 'log', characters: length(message.items) });
    },
    isBusy: () => !ending && (feed.isPending() || file.behind()),
  });
  // A recording needs samples, also while the window is hidden.
  session.receive({ type: 'attention', level: 'visible' });
  for (const stream of STREAMS) session.receive({ type: 'subscribe', stream });
  let reported = 0;
  const timer = setInterval(() => {
    file.flush();
    if (file.bytes() !== reported) onGrown();
    reported = file.bytes();
  }, FLUSH_MS);
  timer.unref();
  return {
    name,
    since,
    bytes: file.bytes,
    async end() {
      clearInterval(timer);
      // The last events matter most: everything that the session still buffers is written.
      ending = true;
      for (let turn = 0; turn < LAST_TURNS; turn += 1) session.flush();
      session.close();
      feed.finish();
      await file.end();
    },
  };
}

const length = (items: readonly unknown[]) => items.reduce<number>((sum, text) => sum + String(text).length, 0);
