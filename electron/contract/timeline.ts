import { z } from 'zod';
import { sentenceSchema } from './sentence.ts';

const eventKinds = [
  'starting',
  'ready',
  'stopped',
  'crashed',
  'applied',
  'cleared',
  'model_loaded',
  'model_released',
  'run_started',
  'run_ended',
  'out_of_memory',
  'alert',
  'xid',
  /** Telemetry failed, or works again. */
  'telemetry_lost',
  'telemetry_back',
] as const;

/** An event on the charts' time axis. */
export const timelineEventSchema = z.object({
  time: z.number(),
  kind: z.enum(eventKinds),
  /** A name, or the English of `sentence`. */
  text: z.string(),
  /** What happened, where a name is not enough. */
  sentence: sentenceSchema.optional(),
  /** The GPU whose chart shows it; null: every chart. */
  gpuUuid: z.string().nullable().optional(),
  /** The id of its details: a run's req_id, a crash report's id, an alert's id. */
  ref: z.string().nullable().optional(),
});

export type TimelineEvent = z.infer<typeof timelineEventSchema>;
export type EventKind = (typeof eventKinds)[number];
