import type { GpuProcess, ProcessWindow, ProcessWindowRequest } from '#contract';
import { parseJson } from '../../base/index.ts';
import { createLinesFile, timeOfLine } from '../lines/lines-file.ts';
import { createProcessColumns } from './process-columns.ts';
import { type ProcessLine, type ProcessOnGpu, processLineSchema } from './process-line.ts';

/** MiB that each process held at last, by GPU, pid and start time, and when. Without those whose start is unknown. */
export type LastKnown = ReadonlyMap<string, { usedMiB: number; time: number }>;

interface ProcessHistory {
  /** Reads the last list of an earlier session. */
  lastKnown(): Promise<LastKnown>;
  /** Adds a process list, with each query or each sample: the same array again costs nothing. */
  add(time: number, list: readonly GpuProcess[]): void;
  window(request: ProcessWindowRequest): Promise<ProcessWindow>;
  /** Writes until when the last list held. */
  end(): void;
  written(): Promise<void>;
}

export const PROCESS_FILE_BYTES = 8 * 2 ** 20;

/** The interval of complete lists, where reading starts. */
const FULL_MS = 300_000;
/** The longest time without a line while nothing changes: more is a gap. */
const UNCHANGED_MS = 30_000;
const GAP_MS = 1.5 * UNCHANGED_MS;
/** A smaller change of memory is ignored. */
const MOVE_SHARE = 0.01;
const MOVE_MIB = 8;

type KnownProcess = ProcessOnGpu & { id: number; usedMiB: number };

export function createProcessHistory(file: string, onFailure: (error: unknown) => void): ProcessHistory {
  const lines = createLinesFile(file, PROCESS_FILE_BYTES, onFailure);
  let known = new Map<string, KnownProcess>();
  let ids = 0;
  let lastFull = Number.NEGATIVE_INFINITY;
  let lastLine = Number.NEGATIVE_INFINITY;
  let lastList: number | null = null;
  let lastArray: readonly GpuProcess[] | null = null;

  const nextId = () => {
    ids += 1;
    return ids;
  };
  const append = (line: { time: number } & Partial<ProcessLine>) => {
    lines.append(JSON.stringify(line));
    lastLine = line.time;
  };
  const full = (time: number) => {
    append({ time, full: true, came: [...known.values()] });
    lastFull = time;
  };
  const changes = (time: number, now: ReadonlyMap<string, KnownProcess>) => {
    const came = [...now].filter(([key]) => !known.has(key)).map(([, one]) => one);
    const gone = [...known].filter(([key]) => !now.has(key)).map(([, one]) => one.id);
    const moved = [...now].flatMap(([key, { id, usedMiB }]): [number, number][] =>
      hasMoved(known.get(key)?.usedMiB ?? usedMiB, usedMiB) ? [[id, usedMiB]] : [],
    );
    if (came.length + gone.length + moved.length === 0 && isWithin(time, lastLine, UNCHANGED_MS)) return;
    append({
      time,
      ...(came.length > 0 && { came }),
      ...(moved.length > 0 && { moved }),
      ...(gone.length > 0 && { gone }),
    });
  };
  /** Unchanged processes keep their written memory, so that small changes add up. */
  const settle = (now: Map<string, KnownProcess>) => {
    for (const [key, one] of now) {
      const before = known.get(key);
      if (before && !hasMoved(before.usedMiB, one.usedMiB)) now.set(key, { ...one, usedMiB: before.usedMiB });
    }
    known = now;
  };

  return {
    add(time, list) {
      const same = list === lastArray && isWithin(time, lastLine, UNCHANGED_MS);
      lastArray = list;
      lastList = time;
      if (same) return;
      const now = new Map(
        [...byProcess(list)].map(([key, one]) => [key, { ...one, id: known.get(key)?.id ?? nextId() }]),
      );
      if (isWithin(time, lastFull, FULL_MS)) {
        changes(time, now);
        settle(now);
      } else {
        known = now;
        full(time);
      }
    },
    lastKnown: () => lastListOf(lines),
    async window(request) {
      const columns = createProcessColumns(request, GAP_MS);
      // Read first: lines that are written meanwhile are later.
      const end = lastList;
      for await (const piece of lines.lines()) {
        for (const text of piece) {
          const time = timeOfLine(text);
          // A complete list is within this time before; a line after it shows how long the last one held.
          if (time === null || time < request.from - FULL_MS - GAP_MS || time >= request.to + GAP_MS) continue;
          const parsed = processLineSchema.safeParse(parseJson(text));
          if (parsed.success) columns.add(parsed.data);
        }
      }
      return columns.result(end);
    },
    end() {
      if (lastList !== null && lastList > lastLine) append({ time: lastList });
    },
    written: lines.written,
  };
}

async function lastListOf(lines: ReturnType<typeof createLinesFile>): Promise<LastKnown> {
  // Parses nothing before the last complete list.
  let since: string[] = [];
  for await (const piece of lines.lines())
    for (const text of piece) {
      if (text.includes('"full":true')) since = [];
      since.push(text);
    }
  const found = new Map<number, { key: string; usedMiB: number; isKnown: boolean }>();
  let time = 0;
  for (const text of since) {
    const parsed = processLineSchema.safeParse(parseJson(text));
    if (!parsed.success) continue;
    const { full, came, moved, gone } = parsed.data;
    time = parsed.data.time;
    if (full) found.clear();
    for (const { id, gpuUuid, pid, startTime, usedMiB } of came)
      found.set(id, { key: `${gpuUuid} ${pid} ${startTime}`, usedMiB, isKnown: startTime !== null });
    for (const [id, usedMiB] of moved) found.set(id, { key: '', isKnown: false, ...found.get(id), usedMiB });
    for (const id of gone) found.delete(id);
  }
  return new Map(
    [...found.values()].filter(({ isKnown }) => isKnown).map(({ key, usedMiB }) => [key, { usedMiB, time }]),
  );
}

/** False where the clock was set back: then everything is due. */
const isWithin = (time: number, last: number, ms: number) => time >= last && time < last + ms;

const hasMoved = (from: number, to: number) => {
  const by = Math.abs(to - from);
  return by > MOVE_MIB || by > MOVE_SHARE * from;
};

/** One entry per process and GPU: MIG instances are added up, and unknown memory is skipped. */
function byProcess(list: readonly GpuProcess[]): Map<string, ProcessOnGpu & { usedMiB: number }> {
  const found = new Map<string, ProcessOnGpu & { usedMiB: number }>();
  for (const { gpuUuid, pid, startTime, name, user, ours, usedMiB } of list) {
    if (usedMiB === null) continue;
    const key = `${gpuUuid} ${pid} ${startTime}`;
    const sum = (found.get(key)?.usedMiB ?? 0) + usedMiB;
    found.set(key, { gpuUuid, pid, startTime, name, user, ours, usedMiB: sum });
  }
  return found;
}
