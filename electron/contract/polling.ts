import { z } from 'zod';

/** History draws a gap where samples are further apart. */
const LONGEST_MS = 5_000;
const SHORTEST_MS = 250;

const interval = (ms: number) => z.number().int().min(SHORTEST_MS).max(LONGEST_MS).default(ms);

/** Polling intervals of the GPUs in milliseconds, by what is in sight. */
export const pollingSchema = z.object({
  /** A page in front, or a run in progress. */
  busy: interval(500),
  visible: interval(2_000),
  /** Only hidden pages, or none beside a backend. */
  hidden: interval(LONGEST_MS),
});

export const pollingChangeSchema = z.strictObject({
  busy: pollingSchema.shape.busy.unwrap().optional(),
  visible: pollingSchema.shape.visible.unwrap().optional(),
  hidden: pollingSchema.shape.hidden.unwrap().optional(),
});

export type Polling = z.infer<typeof pollingSchema>;
