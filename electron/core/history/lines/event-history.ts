import { type TimelineEvent, timelineEventSchema } from '#contract';
import { parseJson } from '../../base/index.ts';
import { createLinesFile, timeOfLine } from './lines-file.ts';

interface EventHistory {
  add(event: TimelineEvent): void;
  /** Events in [from, to), oldest first; the newest thousand. */
  within(span: { from: number; to: number }): Promise<TimelineEvent[]>;
  written(): Promise<void>;
}

/** Enough for years: an event is a line of about 100 bytes. */
export const EVENT_FILE_BYTES = 2 ** 20;
const MAX_EVENTS = 1_000;

export function createEventHistory(file: string, onFailure: (error: unknown) => void): EventHistory {
  const lines = createLinesFile(file, EVENT_FILE_BYTES, onFailure);
  return {
    add({ time, ...event }) {
      // The time comes first, because it is read before the rest.
      lines.append(JSON.stringify({ time, ...event }));
    },
    async within({ from, to }) {
      let found: { time: number; line: string }[] = [];
      for await (const piece of lines.lines()) {
        for (const line of piece) {
          const time = timeOfLine(line);
          if (time !== null && time >= from && time < to) found.push({ time, line });
        }
      }
      // Sorted, because the clock may have been set back.
      found = found.sort((a, b) => a.time - b.time);
      const events: TimelineEvent[] = [];
      for (const { line } of found.reverse()) {
        const parsed = timelineEventSchema.safeParse(parseJson(line));
        if (parsed.success) events.push(parsed.data);
        if (events.length === MAX_EVENTS) break;
      }
      return events.reverse();
    },
    written: lines.written,
  };
}
