import { z } from 'zod';
import { storedSentenceSchema } from './stored-sentence.ts';

/**
 * A recording holds the messages that one page received, with their times: lines of JSON in gzip, a header first. A replay
 * feeds them to the same page. The file is untrusted: every line is validated, and these bounds hold.
 */
export const recordingBounds = {
  /** Of the compressed file. */
  packedBytes: 64 * 2 ** 20,
  /** Of all lines together; the recorder stops there. */
  unpackedBytes: 192 * 2 ** 20,
  lineBytes: 4 * 2 ** 20,
  lines: 500_000,
} as const;

export const RECORDING_EXTENSION = '.headroom.gz';

export const recordingHeaderSchema = z.object({
  format: z.literal('headroom-recording'),
  version: z.literal(1),
  /** Unix milliseconds. */
  time: z.number(),
  /** Headroom's own. */
  headroom: z.string(),
});

/** `at` in Unix milliseconds. A state line holds only the keys of PanelState that changed since the last one. */
export const recordingLineSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('state'), at: z.number(), changed: z.record(z.string(), z.unknown()) }),
  z.object({
    type: z.literal('items'),
    at: z.number(),
    stream: z.enum(['ticks', 'log', 'runs']),
    items: z.array(z.unknown()),
    dropped: z.number().int(),
  }),
]);

export const recordingFileSchema = z.object({ name: z.string(), bytes: z.number(), time: z.number() });

export const recordingStateSchema = z.object({
  on: z.object({ name: z.string(), since: z.number(), bytes: z.number() }).nullable(),
  /** Why the last one ended by itself: its size limit, or the disk. */
  ended: z.object({ name: z.string(), why: storedSentenceSchema }).nullable(),
});

export const recordingNameSchema = z.strictObject({ name: z.string().regex(/^[\w.-]{1,128}$/) });
/** `base64` of one piece of the file from byte `offset`; `next` is null at the end. */
export const recordingPieceSchema = z.object({ base64: z.string(), next: z.number().nullable() });

export type RecordingHeader = z.infer<typeof recordingHeaderSchema>;
export type RecordingLine = z.infer<typeof recordingLineSchema>;
export type RecordingFile = z.infer<typeof recordingFileSchema>;
export type RecordingState = z.infer<typeof recordingStateSchema>;
