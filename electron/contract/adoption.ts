import { z } from 'zod';
import { settingName, settingValue } from './settings.ts';

/** A `python server.py` of this user that no panel has started. */
export const foundServerSchema = z.object({
  pid: z.number().int(),
  /** Ticks since boot: with the pid, what no later process shares. */
  startTime: z.number(),
  url: z.string(),
  /** Its working folder. */
  cwd: z.string(),
  /** What its environment sets; empty where it wants a token. */
  settings: z.array(z.object({ name: settingName, value: settingValue })),
  /** It keeps its results where this panel's own backend does. */
  sameDatabase: z.boolean(),
  /** A run is on. */
  busy: z.boolean(),
  /** It answers only with its token, so that it cannot be watched. */
  locked: z.boolean(),
});

export const adoptionSchema = z.object({
  found: z.array(foundServerSchema),
  /** The pid of the one that is followed, read-only. */
  watching: z.number().int().nullable(),
});

/** Which one, as it was shown. */
export const serverIdSchema = z.strictObject({ pid: z.number().int(), startTime: z.number() });

export type FoundServer = z.infer<typeof foundServerSchema>;
export type Adoption = z.infer<typeof adoptionSchema>;
export type ServerId = z.infer<typeof serverIdSchema>;
