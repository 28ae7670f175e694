import { z } from 'zod';
import { type Run, runSchema } from './backend-api.ts';
import { PanelError } from './errors.ts';
import { createEscapeFilter } from './escapes.ts';
import { type RecordingHeader, type RecordingLine, recordingHeaderSchema, recordingLineSchema } from './recording.ts';
import { readPackedLines } from './recording-lines.ts';
import type { Sentence } from './sentence.ts';
import { say } from './sentences.ts';
import { type PanelState, panelStateSchema } from './state.ts';
import { type Tick, tickSchema } from './telemetry.ts';

type StateKey = keyof PanelState;

interface Timed<T> {
  /** Unix milliseconds; never less than in the item before. */
  at: number;
  value: T;
}

/** A recording as a replay needs it: validated, in order of time. */
export interface Recording {
  header: RecordingHeader;
  /** Unix milliseconds of the first sample and of the last line. */
  from: number;
  to: number;
  /** The file was cut off, as after a crash; every whole line is here. */
  truncated: boolean;
  /** Each value of each key of the state; the first one holds from the start. */
  state: ReadonlyMap<StateKey, readonly Timed<unknown>[]>;
  ticks: readonly Tick[];
  /** Without escape sequences that a view may not execute. `dropped`: characters lost before this piece. */
  log: readonly (Timed<string> & { dropped: number })[];
  runs: readonly Timed<Run>[];
}

/** More than any real recording holds, and no more than a page can draw. */
const GPUS = 64;
const LIST = 4_096;
const DEPTH = 32;
/** The latest time that a Date can hold. */
const LAST_TIME = 8.64e15;

const refused = (sentence: Sentence) => new PanelError('invalid_input', sentence);
const isTime = (time: number) => time >= 0 && time <= LAST_TIME;
const stateShape: Record<string, z.ZodType> = panelStateSchema.shape;
const stateKeys = Object.keys(stateShape) as StateKey[];

/**
 * Reads an untrusted file: decompresses no more than recordingBounds allow, validates every line, and keeps the whole lines
 * of a truncated file. Throws a PanelError that says what is wrong, and in which line.
 */
export async function readRecording(file: ReadableStream<Uint8Array> | Blob): Promise<Recording> {
  const stream = file instanceof Blob ? (file.stream() as unknown as ReadableStream<Uint8Array>) : file;
  const reading = createReading();
  const torn = await readPackedLines(stream, reading.line);
  return reading.result(torn);
}

function createReading() {
  const state = new Map<StateKey, Timed<unknown>[]>();
  const ticks: Tick[] = [];
  const log: (Timed<string> & { dropped: number })[] = [];
  const runs: Timed<Run>[] = [];
  const filter = createEscapeFilter();
  let header: RecordingHeader | null = null;
  let last = 0;

  const takeState = (changed: Record<string, unknown>, number: number) => {
    for (const [key, raw] of Object.entries(changed)) {
      // A later Headroom may record more: this page cannot show keys that it does not know.
      const schema = Object.hasOwn(stateShape, key) ? stateShape[key] : undefined;
      if (!schema) continue;
      if (!isModest(raw, Number.POSITIVE_INFINITY)) throw refused(say('lineTooDeep', { line: number }));
      const value = checked(schema, raw, number, key);
      if (!isModest(value, LIST)) throw refused(say('lineTooMuch', { line: number, key }));
      const values = state.get(key as StateKey) ?? [];
      values.push({ at: last, value });
      state.set(key as StateKey, values);
    }
  };
  const takeTick = (raw: unknown, number: number) => {
    const tick = checked(tickSchema, raw, number, 'ticks');
    if (!isTime(tick.time)) throw refused(say('lineTime', { line: number }));
    if (tick.gpus.length > GPUS) throw refused(say('lineGpus', { line: number, count: GPUS }));
    ticks.push(tick);
  };
  const takeRun = (raw: unknown, number: number) => {
    // Before the schema: a sentence may nest others, without a bound of its own.
    if (!isModest(raw, Number.POSITIVE_INFINITY)) throw refused(say('lineTooDeep', { line: number }));
    const run = checked(runSchema, raw, number, 'runs');
    runs.push({ at: last, value: run });
  };
  const takeItems = ({ stream, items, dropped }: Extract<RecordingLine, { type: 'items' }>, number: number) => {
    if (stream === 'ticks') for (const raw of items) takeTick(raw, number);
    else if (stream === 'runs') for (const raw of items) takeRun(raw, number);
    else {
      const text = checked(z.array(z.string()), items, number, 'log').join('');
      log.push({ at: last, value: filter(text), dropped: Math.max(0, dropped) });
    }
  };
  return {
    line(text: string, number: number) {
      const raw = parsed(text, number);
      if (!header) {
        header = headerOf(raw);
        last = header.time;
        return;
      }
      const line = checked(recordingLineSchema, raw, number, 'line');
      if (!isTime(line.at)) throw refused(say('lineTime', { line: number }));
      last = Math.max(last, line.at);
      if (line.type === 'state') takeState(line.changed, number);
      else takeItems(line, number);
    },
    result(truncated: boolean): Recording {
      if (!header) throw refused(say('emptyRecording'));
      // An older Headroom recorded no keys that came later: they have a default.
      for (const key of stateKeys) {
        const fallback = state.has(key) ? undefined : stateShape[key]?.safeParse(undefined);
        if (state.size > 0 && fallback?.success) state.set(key, [{ at: header.time, value: fallback.data }]);
      }
      const missing = stateKeys.filter((key) => !state.has(key));
      if (missing.length > 0)
        throw refused(
          state.size === 0
            ? say('cutRecording')
            : say('incompleteRecording', { version: header.headroom, keys: missing }),
        );
      ticks.sort((a, b) => a.time - b.time);
      const from = Math.min(header.time, ticks[0]?.time ?? header.time);
      return { header, from, to: Math.max(last, ticks.at(-1)?.time ?? 0), truncated, state, ticks, log, runs };
    },
  };
}

function parsed(text: string, number: number): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw refused(number === 1 ? say('notRecording') : say('lineNotJson', { line: number }));
  }
}

function headerOf(raw: unknown): RecordingHeader {
  const header = recordingHeaderSchema.safeParse(raw);
  if (header.success && isTime(header.data.time)) return header.data;
  const version = (raw as { format?: unknown; version?: unknown } | null) ?? {};
  throw refused(
    version.format === 'headroom-recording' && typeof version.version === 'number' && version.version > 1
      ? say('laterRecording')
      : say('notRecording'),
  );
}

function checked<T>(schema: z.ZodType<T>, raw: unknown, number: number, what: string): T {
  const result = schema.safeParse(raw);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const place = [what, ...(issue?.path ?? [])].join('.').slice(0, 120);
  throw refused(say('lineInvalid', { line: number, place }));
}

/** No list is longer than a page can draw, and nothing is nested deeper than it can follow. */
function isModest(value: unknown, list: number, depth = DEPTH): boolean {
  if (typeof value !== 'object' || value === null) return true;
  if (depth === 0) return false;
  const parts = Array.isArray(value) ? value : Object.values(value);
  return parts.length <= list && parts.every((part) => isModest(part, list, depth - 1));
}
