import { z } from 'zod';
import { runSchema } from './backend-api.ts';
import { tickSchema } from './telemetry.ts';

/** The backend prints for a terminal as wide as this: its progress bars break in a narrower view. */
export const TERMINAL_COLUMNS = 120;

/**
 * Append-only streams. A subscriber gets the backlog that the core still holds, then what follows. A reader that falls
 * behind loses the oldest items, never the newest, and is told how many.
 */
export const streams = {
  /** Every tick of nvidia-smi; backlog: the last ten minutes. */
  ticks: tickSchema,
  /**
   * The backend's terminal, as text with the escape sequences that a view may carry out; backlog: the last 2 Mi
   * characters. A reader acknowledges what it has drawn.
   */
  log: z.string(),
  /** A run whenever something about it changed; backlog: each known run once. */
  runs: runSchema,
} as const;

export type Streams = typeof streams;
export type StreamName = keyof Streams;
export type StreamItem<N extends StreamName> = z.output<Streams[N]>;
