import { z } from 'zod';
import { gpuMetrics } from './telemetry.ts';
import { timelineEventSchema } from './timeline.ts';

/** The series of a GPU: the fields of a sample, our own share, its state as an index of gpuStates, and the limit in force. */
export const gpuSeries = [...gpuMetrics, 'oursMiB', 'state', 'limitMiB'] as const;
export const hostSeries = ['ramTotalMiB', 'ramUsedMiB', 'swapTotalMiB', 'swapUsedMiB', 'backendRssMiB'] as const;
export type GpuSeries = (typeof gpuSeries)[number];
export type HostSeries = (typeof hostSeries)[number];

/** The source of the machine's own series. */
export const HOST = 'host';

const span = { from: z.number().nonnegative(), to: z.number().nonnegative() };

export const windowRequestSchema = z.strictObject({
  /** A GPU's uuid, or HOST. */
  source: z.string().min(1),
  /** Names of gpuSeries, or of hostSeries. */
  metrics: z.array(z.string()).min(1).max(16),
  /** Unix milliseconds. */
  ...span,
  /** Width of the chart in pixels, the largest number of columns. */
  width: z.number().int().min(1).max(4096),
});

const cells = z.array(z.number().nullable());

/**
 * The columns that hold samples, oldest first; column `at[i]` begins at from + at[i] * columnMs. Minimum, maximum and mean
 * of its samples; null where a value was unavailable. For `throttle`, min holds the bits that were always set, max those
 * that were ever set, and the mean is null.
 */
export const windowSchema = z.object({
  /** The resolution that it was read from: every sample, 10 seconds, or one minute. */
  tier: z.enum(['raw', '10s', '1m']),
  columnMs: z.number(),
  /** A longer distance between columns is a gap in the line. */
  gapMs: z.number(),
  /** Unix milliseconds of the oldest sample that is kept; null where none is. */
  oldest: z.number().nullable(),
  at: z.array(z.number().int()),
  metrics: z.record(z.string(), z.object({ min: cells, max: cells, mean: cells })),
});

export const eventsRequestSchema = z.strictObject(span);
/** Oldest first; the newest thousand of the range. */
export const eventsSchema = z.array(timelineEventSchema);

export const processWindowRequestSchema = z.strictObject({
  gpuUuid: z.string(),
  ...span,
  width: z.number().int().min(1).max(4096),
});

/** The largest first, at most 16; columns as in windowSchema, with the maximum in MiB. */
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
  /** `next` of the last piece; absent for the first. */
  cursor: z.string().optional(),
});
/** One piece of the file; concatenate the pieces. `next` is null at the end. */
export const exportPieceSchema = z.object({ text: z.string(), name: z.string(), next: z.string().nullable() });

export type WindowRequest = z.output<typeof windowRequestSchema>;
export type HistoryWindow = z.infer<typeof windowSchema>;
export type ProcessWindowRequest = z.output<typeof processWindowRequestSchema>;
export type ProcessWindow = z.infer<typeof processWindowSchema>;
export type ExportRequest = z.output<typeof exportRequestSchema>;
export type ExportPiece = z.infer<typeof exportPieceSchema>;
