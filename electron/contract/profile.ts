import { z } from 'zod';

/** A backend that is not ours: any program that answers at a health URL. Each field's sentence says what to write. */

const text = (message: string) =>
  z
    .string()
    .trim()
    .min(1, message)
    .regex(/^[^\0]*$/, 'A NUL character cannot be used.');

const commandSchema = z
  .array(z.string().regex(/^[^\0]*$/, 'A NUL character cannot be used.'))
  .refine(
    (words) => (words[0] ?? '').trim() !== '',
    'Write the command that starts the backend, such as python server.py.',
  );

const folderSchema = text('Write the folder that the command is run in.').regex(
  /^(\/|[A-Za-z]:[\\/]|\\\\)/,
  'Write the whole path of the folder, such as /home/me/server.',
);

const isName = (name: string) => /^[A-Za-z_][A-Za-z0-9_]*$/.test(name);

const environmentSchema = z
  .record(z.string(), z.string().regex(/^[^\0\r\n]*$/, 'A variable’s value must be on one line.'))
  .refine((env) => Object.keys(env).every(isName), {
    error: 'A variable’s name has letters, digits and _ only, and begins with no digit, such as HF_HOME.',
  })
  .refine((env) => !Object.hasOwn(env, 'HEADROOM_MARKER'), {
    error: 'HEADROOM_MARKER cannot be set: Headroom finds the backend’s processes by it.',
  });

/** The names of this machine itself: nothing else is ever asked. */
const isLoopback = (host: string) => host === 'localhost' || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host);

const healthUrlSchema = z
  .string()
  .trim()
  .max(2_000, 'This health URL is too long.')
  .refine((url) => {
    const parsed = URL.canParse(url) ? new URL(url) : null;
    return parsed?.protocol === 'http:' && isLoopback(parsed.hostname) && !parsed.username && !parsed.password;
  }, 'The health URL must be http on this machine, such as http://127.0.0.1:8000/health.');

const seconds = (most: number, message: string) => z.number(message).int(message).min(1, message).max(most, message);

const fields = {
  name: text('Give the backend a name.').max(60, 'A name has at most 60 characters.'),
  /** The program and its arguments; no shell in between. */
  command: commandSchema,
  folder: folderSchema,
  env: environmentSchema,
  /** Answers with a status below 400 once the backend is ready. */
  healthUrl: healthUrlSchema,
  /** How long a start may take: some load a model for minutes before they answer. */
  startSeconds: seconds(7_200, 'A start may take 1 to 7200 seconds.').default(600),
  /** How long the backend may take to end after it was asked to; then it is killed. */
  stopSeconds: seconds(300, 'A stop may take 1 to 300 seconds.').default(10),
};

/** What a person writes down. */
export const profileFieldsSchema = z.object(fields);
export const profileSchema = z.object({ id: z.string().min(1), ...fields });

/** Without the environment, which may hold secrets and travels only to who edits it. */
export const profilesStateSchema = z.object({
  list: z.array(profileSchema.pick({ id: true, name: true, healthUrl: true })),
  /** Null: Headroom's own backend. */
  chosen: z.string().nullable(),
});

/** What is wrong with a profile on this machine, at the field where it is mended. */
export const profileProblemsSchema = z.array(z.object({ field: z.enum(['command', 'folder']), message: z.string() }));

export type Profile = z.infer<typeof profileSchema>;
export type ProfileFields = z.infer<typeof profileFieldsSchema>;
export type ProfileProblem = z.infer<typeof profileProblemsSchema>[number];
export type ProfilesState = z.infer<typeof profilesStateSchema>;
