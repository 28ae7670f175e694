import { z } from 'zod';
import { gpuFigures } from './telemetry.ts';
import { timelineEventSchema } from './timeline.ts';

/** What is kept of a GPU over time, beside a sample's own figures: our share, and its state as gpuStates counts it. */
export const gpuSeries = [...gpuFigures, 'oursMiB', 'state'] as const;
export const hostSeries = ['ramTotalMiB', 'ramUsedMiB', 'swapTotalMiB', 'swapUsedMiB', 'backendRssMiB'] as const;
export type GpuSeries = (typeof gpuSeries)[number];
export type HostSeries = (typeof hostSeries)[number];

/** The series of the machine itself, in a GPU's place. */
export const HOST = 'host';

const span = { from: z.number().nonnegative(), to: z.number().nonnegative() };

export const windowRequestSchema = z.strictObject({
  /** A GPU's uuid, or HOST. */
  source: z.string().min(1),
  /** Names of gpuSeries, or of hostSeries. */
  metrics: z.array(z.string()).min(1).max(16),
  /** Unix milliseconds. */
  ...span,
  /** Pixels of the chart: the answer has no more columns. */
  width: z.number().int().min(1).max(4096),
});

const cells = z.array(z.number().nullable());

/**
 * Only columns that hold samples, oldest first; column `at[i]` begins at from + at[i] * columnMs. Minimum, maximum and
 * mean of what was measured in it; null where there was no figure. Of `throttle` min holds the bits that were always
 * set, max those that ever were, and there is no mean.
 */
export const windowSchema = z.object({
  /** What it was read from: each sample, 10 seconds, or a minute. */
  tier: z.enum(['raw', '10s', '1m']),
  columnMs: z.number(),
  /** More than this without a column is a gap: lines break there. */
  gapMs: z.number(),
  /** Unix milliseconds of the oldest that is kept of this source; null where nothing is. */
  oldest: z.number().nullable(),
  at: z.array(z.number().int()),
  metrics: z.record(z.string(), z.object({ min: cells, max: cells, mean: cells })),
});

export const eventsRequestSchema = z.strictObject(span);
/** Oldest first; the newest thousand of the span. */
export const eventsSchema = z.array(timelineEventSchema);

export const processWindowRequestSchema = z.strictObject({
  gpuUuid: z.string(),
  ...span,
  width: z.number().int().min(1).max(4096),
});

/** The largest first, at most 16: a column as in windowSchema, the maximum of each in MiB. */
export const processWindowSchema = z.object({
  columnMs: z.number(),
  list: z.array(
    z.object({
      pid: z.number().int(),
      startTime: z.number().nullable(),
      name: z.string(),
      user: z.string().nullable(),
      ours: z.boolean(),
      at: z.array(z.number().int()),
      maxMiB: z.array(z.number()),
    }),
  ),
});

export const exportRequestSchema = z.strictObject({
  ...span,
  format: z.enum(['csv', 'json']),
  /** Where the last piece ended, as it was told; absent for the first. */
  cursor: z.string().optional(),
});
/** One piece of the file; the pieces together are it. `next` is null at the end. */
export const exportPieceSchema = z.object({ text: z.string(), name: z.string(), next: z.string().nullable() });

export type WindowRequest = z.output<typeof windowRequestSchema>;
export type HistoryWindow = z.infer<typeof windowSchema>;
export type ProcessWindowRequest = z.output<typeof processWindowRequestSchema>;
export type ProcessWindow = z.infer<typeof processWindowSchema>;
export type ExportRequest = z.output<typeof exportRequestSchema>;
export type ExportPiece = z.infer<typeof exportPieceSchema>;
