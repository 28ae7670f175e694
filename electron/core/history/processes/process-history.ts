import type { GpuProcess, ProcessWindow, ProcessWindowRequest } from '#contract';
import { parseJson } from '../../base/index.ts';
import { createLinesFile, timeOfLine } from '../lines/lines-file.ts';
import { createProcessColumns } from './process-columns.ts';
import { type Party, type ProcessLine, processLineSchema } from './process-line.ts';

export interface KeptProcesses {
  /** Who is on the GPUs, each time that they are listed, or at each tick: the same array again costs nothing. */
  add(time: number, list: readonly GpuProcess[]): void;
  window(request: ProcessWindowRequest): Promise<ProcessWindow>;
  /** Notes down that the last list held until now. */
  end(): void;
  written(): Promise<void>;
}

export const PROCESS_FILE_BYTES = 8 * 2 ** 20;

/** Everybody is written down again so often: reading begins there. */
const FULL_MS = 300_000;
/** A line says at least this often that nothing has changed: more without one is a gap. */
const STILL_MS = 30_000;
const GAP_MS = 1.5 * STILL_MS;
/** Less than this is no move. */
const MOVE_SHARE = 0.01;
const MOVE_MIB = 8;

type Known = Party & { id: number; usedMiB: number };

export function createKeptProcesses(file: string, trouble: (error: unknown) => void): KeptProcesses {
  const lines = createLinesFile(file, PROCESS_FILE_BYTES, trouble);
  let known = new Map<string, Known>();
  let ids = 0;
  let lastFull = Number.NEGATIVE_INFINITY;
  let lastLine = Number.NEGATIVE_INFINITY;
  let lastList: number | null = null;
  let lastGiven: readonly GpuProcess[] | null = null;

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
  const changes = (time: number, now: ReadonlyMap<string, Known>) => {
    const came = [...now].filter(([key]) => !known.has(key)).map(([, one]) => one);
    const gone = [...known].filter(([key]) => !now.has(key)).map(([, one]) => one.id);
    const moved = [...now].flatMap(([key, { id, usedMiB }]): [number, number][] =>
      hasMoved(known.get(key)?.usedMiB ?? usedMiB, usedMiB) ? [[id, usedMiB]] : [],
    );
    if (came.length + gone.length + moved.length === 0 && isSoon(time, lastLine, STILL_MS)) return;
    append({
      time,
      ...(came.length > 0 && { came }),
      ...(moved.length > 0 && { moved }),
      ...(gone.length > 0 && { gone }),
    });
  };
  /** Those that have not moved keep the figure that was written down: small steps must add up to a move. */
  const settle = (now: Map<string, Known>) => {
    for (const [key, one] of now) {
      const before = known.get(key);
      if (before && !hasMoved(before.usedMiB, one.usedMiB)) now.set(key, { ...one, usedMiB: before.usedMiB });
    }
    known = now;
  };

  return {
    add(time, list) {
      const same = list === lastGiven && isSoon(time, lastLine, STILL_MS);
      lastGiven = list;
      lastList = time;
      if (same) return;
      const now = new Map(
        [...byParty(list)].map(([key, one]) => [key, { ...one, id: known.get(key)?.id ?? nextId() }]),
      );
      if (isSoon(time, lastFull, FULL_MS)) {
        changes(time, now);
        settle(now);
      } else {
        known = now;
        full(time);
      }
    },
    async window(request) {
      const columns = createProcessColumns(request, GAP_MS);
      // Taken before the reading: what is written meanwhile is later.
      const end = lastList;
      for await (const piece of lines.lines()) {
        for (const text of piece) {
          const time = timeOfLine(text);
          // Within this time before everybody has been written down; a line after tells how long the last one held.
          if (time === null || time < request.from - FULL_MS - GAP_MS || time >= request.to + GAP_MS) continue;
          const parsed = processLineSchema.safeParse(parseJson(text));
          if (parsed.success) columns.take(parsed.data);
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

/** A clock that was set back makes everything due. */
const isSoon = (time: number, last: number, ms: number) => time >= last && time < last + ms;

const hasMoved = (from: number, to: number) => {
  const by = Math.abs(to - from);
  return by > MOVE_MIB || by > MOVE_SHARE * from;
};

/** One a GPU: what a process holds on several MIG instances of it is added up. Without a figure there is nothing to draw. */
function byParty(list: readonly GpuProcess[]): Map<string, Party & { usedMiB: number }> {
  const found = new Map<string, Party & { usedMiB: number }>();
  for (const { gpuUuid, pid, startTime, name, user, ours, usedMiB } of list) {
    if (usedMiB === null) continue;
    const key = `${gpuUuid} ${pid} ${startTime}`;
    const sum = (found.get(key)?.usedMiB ?? 0) + usedMiB;
    found.set(key, { gpuUuid, pid, startTime, name, user, ours, usedMiB: sum });
  }
  return found;
}
