import { z } from 'zod';
import { serverIdSchema } from './adoption.ts';
import { alertChangeSchema } from './alerts.ts';
import { runSchema } from './backend-api.ts';
import { datasetsSchema, runParametersSchema } from './benchmark.ts';
import { checkIds } from './checks.ts';
import { crashIdSchema, crashReportSchema, crashSummarySchema, exportedSchema } from './crash.ts';
import {
  eventsRequestSchema,
  eventsSchema,
  exportPieceSchema,
  exportRequestSchema,
  processWindowRequestSchema,
  processWindowSchema,
  windowRequestSchema,
  windowSchema,
} from './history.ts';
import { changeSchema, incidentSchema, resumedSchema } from './incident.ts';
import { planRequestSchema, planSchema } from './plan.ts';
import { profileFieldsSchema, profileProblemsSchema, profileSchema } from './profile.ts';
import { recordingFileSchema, recordingNameSchema, recordingPieceSchema } from './recording.ts';
import { inputTexts } from './sentences.ts';
import { settingsSchema } from './settings.ts';
import { appliedSchema, modelSchema } from './state.ts';

const nothing = z.strictObject({});
const done = z.void();

const command = <I extends z.ZodType, O extends z.ZodType>(input: I, output: O) => ({ input, output });

/**
 * Everything that a person can make the panel do. A command is declared here once; the caller in the renderer and the
 * handler in core get their types from it, and both shells carry it. It fails with a PanelError.
 */
export const commands = {
  /** Changes what is desired, and saves it; what runs is untouched until settings.apply. */
  'settings.change': command(z.strictObject({ values: settingsSchema.partial() }), done),
  /** Puts `desired` back to what runs. */
  'settings.undo': command(nothing, done),
  /**
   * Restarts the backend under the desired settings; answers what is not in force when it is ready, or why it is not.
   * `afterRun` waits for the end of the run that is on, holds those that follow, and answers null at once; state.applying
   * tells of it.
   */
  'settings.apply': command(
    z.strictObject({ when: z.enum(['now', 'afterRun']).default('now') }),
    appliedSchema.nullable(),
  ),
  /** Takes an `afterRun` back. */
  'settings.cancelApply': command(nothing, done),
  'backend.start': command(nothing, done),
  'backend.stop': command(nothing, done),
  'backend.restart': command(nothing, done),
  /** Stops the group, waits until the memory is back, starts again. */
  'gpu.clearAndRestart': command(nothing, done),
  /** One process of this user that is on a GPU, after the person has confirmed it; `startTime` as the list tells it. */
  'gpu.endProcess': command(z.strictObject({ pid: z.number().int(), startTime: z.number() }), done),
  /** Follows a backend that was started by hand, read-only; Headroom's own is stopped for it. */
  'adoption.watch': command(serverIdSchema, done),
  'adoption.unwatch': command(nothing, done),
  /** Ends it, keeps its queued runs where the database is the same, and starts Headroom's own; `settings`: with its own. */
  'adoption.takeOver': command(serverIdSchema.extend({ settings: z.boolean() }), done),
  'models.scan': command(z.strictObject({ folder: z.string().min(1) }), z.array(modelSchema)),
  /** What a run would need, before it is started. Predicted; takes seconds the first time. */
  'plan.make': command(planRequestSchema, planSchema),
  /** Which data sets can be run now, with their members. */
  'datasets.list': command(nothing, datasetsSchema),
  'runs.submit': command(
    z.strictObject({
      model: z.string().min(1, inputTexts.modelFolder),
      dataset: z.string().min(1),
      parameters: runParametersSchema,
      /** The person's answer where LBS_OFFLOAD is ask. */
      offload: z.enum(['auto', 'never']).optional(),
    }),
    z.object({ req_id: z.string() }),
  ),
  'runs.cancel': command(z.strictObject({ req_id: z.string() }), done),
  'runs.get': command(z.strictObject({ req_id: z.string() }), runSchema),
  /** A new run with what this one left undone, under the change that is given. May restart the backend. */
  'runs.resume': command(z.strictObject({ req_id: z.string(), change: changeSchema.optional() }), resumedSchema),
  /** Why this run failed; null where nothing is known beyond its error. */
  'incidents.get': command(z.strictObject({ req_id: z.string() }), incidentSchema.nullable()),
  /** Looks at everything again; what is found arrives in the state, check by check. */
  'checks.run': command(nothing, done),
  /** Does what this check's button says, where Headroom itself can; then looks again. */
  'checks.fix': command(z.strictObject({ id: z.enum(checkIds) }), done),
  /** Newest first. */
  'crashes.list': command(nothing, z.array(crashSummarySchema)),
  'crashes.get': command(crashIdSchema, crashReportSchema),
  /** For the renderer to save: without the person's name and folder, without a token. */
  'crashes.export': command(crashIdSchema, exportedSchema),
  'crashes.delete': command(crashIdSchema, done),
  /** Whole, for who edits it. */
  'profiles.get': command(z.strictObject({ id: z.string() }), profileSchema),
  /** A new one where there is no id. What runs is untouched until it is chosen or started again. */
  'profiles.save': command(
    z.strictObject({ id: z.string().optional(), profile: profileFieldsSchema }),
    z.object({ id: z.string() }),
  ),
  'profiles.remove': command(z.strictObject({ id: z.string() }), done),
  /** Null: our own backend. Restarts where one runs; refused while a run is on, unless it is to end now. */
  'profiles.choose': command(z.strictObject({ id: z.string().nullable(), when: z.literal('now').optional() }), done),
  /** Whether its folder and its program are on this machine. Starts nothing. */
  'profiles.check': command(z.strictObject({ profile: profileFieldsSchema }), profileProblemsSchema),
  /** What was measured in a window of time, as a chart of so many pixels can show it. */
  'history.window': command(windowRequestSchema, windowSchema),
  'history.events': command(eventsRequestSchema, eventsSchema),
  'history.processes': command(processWindowRequestSchema, processWindowSchema),
  /** A file of everything in a span, piece by piece; the finest that is kept of each part. */
  'history.export': command(exportRequestSchema, exportPieceSchema),
  /** Saved; whole rules replace the ones before. */
  'alerts.change': command(z.strictObject({ settings: alertChangeSchema }), done),
  'alerts.dismiss': command(z.strictObject({ id: z.string() }), done),
  'recording.start': command(nothing, done),
  'recording.stop': command(nothing, recordingFileSchema),
  /** Newest first. */
  'recording.list': command(nothing, z.array(recordingFileSchema)),
  'recording.read': command(
    recordingNameSchema.extend({ offset: z.number().int().nonnegative() }),
    recordingPieceSchema,
  ),
  'recording.delete': command(recordingNameSchema, done),
  'notices.dismiss': command(z.strictObject({ id: z.string() }), done),
  /** Desktop only; `unsupported` elsewhere (state.app.canPickFolder). */
  'dialog.pickFolder': command(nothing, z.object({ path: z.string().nullable() })),
} as const;

export type Commands = typeof commands;
export type CommandName = keyof Commands;
export type CommandInput<N extends CommandName> = z.input<Commands[N]['input']>;
export type CommandArgument<N extends CommandName> = z.output<Commands[N]['input']>;
export type CommandOutput<N extends CommandName> = z.output<Commands[N]['output']>;

/** One handler for every command: core builds this object, the compiler sees that none is missing. */
export type CommandHandlers = {
  [N in CommandName]: (input: CommandArgument<N>) => CommandOutput<N> | Promise<CommandOutput<N>>;
};
