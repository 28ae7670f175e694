import { z } from 'zod';

export const eventKinds = [
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
  /** The collection of figures failed, or came back. */
  'telemetry_lost',
  'telemetry_back',
] as const;

/** Something that happened, drawn on the chart's time axis. */
export const timelineEventSchema = z.object({
  time: z.number(),
  kind: z.enum(eventKinds),
  text: z.string(),
  /** Whose chart it belongs to; null: everybody's. */
  gpuUuid: z.string().nullable().optional(),
  /** Where its details are: a run's req_id, a crash report's id, an alert's id. */
  ref: z.string().nullable().optional(),
});

export type TimelineEvent = z.infer<typeof timelineEventSchema>;
export type EventKind = (typeof eventKinds)[number];
