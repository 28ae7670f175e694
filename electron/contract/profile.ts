import { z } from 'zod';
import { isLoopback } from './loopback.ts';
import { sentenceSchema } from './sentence.ts';
import { inputTexts } from './sentences.ts';

/** A backend that is not ours: any program that answers at a health URL. */

const text = (message: string) =>
  z
    .string()
    .trim()
    .min(1, message)
    .regex(/^[^\0]*$/, inputTexts.nul);

const commandSchema = z
  .array(z.string().regex(/^[^\0]*$/, inputTexts.nul))
  .refine((words) => (words[0] ?? '').trim() !== '', inputTexts.profileCommand);

const folderSchema = text(inputTexts.profileFolder).regex(/^(\/|[A-Za-z]:[\\/]|\\\\)/, inputTexts.profileFolderPath);

const isName = (name: string) => /^[A-Za-z_][A-Za-z0-9_]*$/.test(name);

const environmentSchema = z
  .record(z.string(), z.string().regex(/^[^\0\r\n]*$/, inputTexts.variableValue))
  .refine((env) => Object.keys(env).every(isName), inputTexts.variableName)
  .refine((env) => !Object.hasOwn(env, 'HEADROOM_MARKER'), inputTexts.variableMarker);

const healthUrlSchema = z
  .string()
  .trim()
  .max(2_000, inputTexts.healthUrlLength)
  .refine((url) => {
    const parsed = URL.canParse(url) ? new URL(url) : null;
    // On this machine only.
    return parsed?.protocol === 'http:' && isLoopback(parsed.hostname) && !parsed.username && !parsed.password;
  }, inputTexts.healthUrl);

const seconds = (most: number, message: string) => z.number(message).int(message).min(1, message).max(most, message);

const fields = {
  name: text(inputTexts.profileName).max(60, inputTexts.profileNameLength),
  /** The program and its arguments; no shell interprets them. */
  command: commandSchema,
  folder: folderSchema,
  env: environmentSchema,
  /** Answers with a status below 400 once the backend is ready. */
  healthUrl: healthUrlSchema,
  /** Timeout of a start: some backends load a model for minutes before they answer. */
  startSeconds: seconds(7_200, inputTexts.startSeconds).default(600),
  /** How long the backend may take to exit after SIGTERM; then it is killed. */
  stopSeconds: seconds(300, inputTexts.stopSeconds).default(10),
};

/** What the person enters. */
export const profileFieldsSchema = z.object(fields);
export const profileSchema = z.object({ id: z.string().min(1), ...fields });

/** Without the environment, which may hold secrets: only profiles.get returns it. */
export const profilesStateSchema = z.object({
  list: z.array(profileSchema.pick({ id: true, name: true, healthUrl: true })),
  /** Null: Headroom's own backend. */
  chosen: z.string().nullable(),
});

/** What is wrong with a profile on this machine, and the field to correct. */
export const profileProblemsSchema = z.array(
  z.object({ field: z.enum(['command', 'folder']), sentence: sentenceSchema }),
);

export type Profile = z.infer<typeof profileSchema>;
export type ProfileFields = z.infer<typeof profileFieldsSchema>;
export type ProfileProblem = z.infer<typeof profileProblemsSchema>[number];
export type ProfilesState = z.infer<typeof profilesStateSchema>;
