import { type TimelineEvent, timelineEventSchema } from '#contract';
import { parseJson } from '../../base/index.ts';
import { createLinesFile, timeOfLine } from './lines-file.ts';

export interface KeptEvents {
  add(event: TimelineEvent): void;
  /** With a time from `from` on and before `to`, oldest first; the newest thousand. */
  within(span: { from: number; to: number }): Promise<TimelineEvent[]>;
  written(): Promise<void>;
}

/** Years of them: an event is a line of about 100 bytes. */
export const EVENT_FILE_BYTES = 2 ** 20;
const MOST = 1_000;

export function createKeptEvents(file: string, trouble: (error: unknown) => void): KeptEvents {
  const lines = createLinesFile(file, EVENT_FILE_BYTES, trouble);
  return {
    add({ time, ...event }) {
      // The time first: it is read before the rest.
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
      // As they happened, also where the clock was set back in between.
      found = found.sort((a, b) => a.time - b.time);
      const events: TimelineEvent[] = [];
      for (const { line } of found.reverse()) {
        const parsed = timelineEventSchema.safeParse(parseJson(line));
        if (parsed.success) events.push(parsed.data);
        if (events.length === MOST) break;
      }
      return events.reverse();
    },
    written: lines.written,
  };
}
