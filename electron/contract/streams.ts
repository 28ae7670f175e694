import { z } from 'zod';
import { runSchema } from './backend-api.ts';
import { tickSchema } from './telemetry.ts';

/**
 * Append-only streams. A subscriber gets the backlog that the core still holds, then what follows. A reader that falls
 * behind loses the oldest items, never the newest, and is told how many.
 */
export const streams = {
  /** Every tick of nvidia-smi; backlog: the last ten minutes. */
  ticks: tickSchema,
  /** The backend's terminal, as text with escape sequences; backlog: the last 256 KiB. */
  log: z.string(),
  /** A run whenever something about it changed; backlog: each known run once. */
  runs: runSchema,
} as const;

export type Streams = typeof streams;
export type StreamName = keyof Streams;
export type StreamItem<N extends StreamName> = z.output<Streams[N]>;
