import { z } from 'zod';
import { settingName, settingValue } from './settings.ts';

/** A `python server.py` of this user that no panel started. */
const foundServerSchema = z.object({
  pid: z.number().int(),
  /** Ticks since boot; with the pid it identifies the process. */
  startTime: z.number(),
  url: z.string(),
  /** Its working directory. */
  cwd: z.string(),
  /** The settings of its environment; empty where it requires a token. */
  settings: z.array(z.object({ name: settingName, value: settingValue })),
  /** It uses the results database of this panel's own backend. */
  sameDatabase: z.boolean(),
  /** A run is in progress. */
  busy: z.boolean(),
  /** It requires its token, so it cannot be watched. */
  locked: z.boolean(),
  /** The person has dismissed its banner. */
  dismissed: z.boolean().default(false),
});

export const adoptionSchema = z.object({
  found: z.array(foundServerSchema),
  /** The pid of the server that is watched. */
  watching: z.number().int().nullable(),
});

/** Identifies the server that was shown. */
export const serverIdSchema = z.strictObject({ pid: z.number().int(), startTime: z.number() });

export type FoundServer = z.infer<typeof foundServerSchema>;
export type Adoption = z.infer<typeof adoptionSchema>;
export type ServerId = z.infer<typeof serverIdSchema>;
