import { z } from 'zod';
import { runSchema } from './backend-api.ts';
import { tickSchema } from './telemetry.ts';

/** The width of the backend's terminal: its progress bars break in a narrower view. */
export const TERMINAL_COLUMNS = 120;

/**
 * Append-only streams. A subscriber gets the backlog that the core holds, then every new item. A slow reader loses the oldest
 * items, never the newest; each message has their number.
 */
export const streams = {
  /** Every telemetry sample; backlog: the last ten minutes. */
  ticks: tickSchema,
  /**
   * The backend's terminal: text with the escape sequences that a view may execute; backlog: the last 2 Mi characters. A
   * reader acknowledges what it has drawn.
   */
  log: z.string(),
  /** A run after each change of it; backlog: each known run once. */
  runs: runSchema,
} as const;

type Streams = typeof streams;
export type StreamName = keyof Streams;
export type StreamItem<N extends StreamName> = z.output<Streams[N]>;
