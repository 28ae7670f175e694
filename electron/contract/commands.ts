import { z } from 'zod';
import { serverIdSchema } from './adoption.ts';
import { alertChangeSchema } from './alerts.ts';
import { runSchema, storageSchema } from './backend-api.ts';
import { datasetsSchema, runParametersSchema } from './benchmark.ts';
import { checkIds } from './checks.ts';
import { comparisonRequestSchema, comparisonSchema, runsExportSchema } from './comparison.ts';
import { crashIdSchema, crashReportSchema, crashSummarySchema, exportedSchema } from './crash.ts';
import { datasetFoldersSchema } from './dataset-folders.ts';
import { firstRunSteps } from './first-run.ts';
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
import { logLinesSchema } from './log-lines.ts';
import { planRequestSchema, planSchema } from './plan.ts';
import { pollingChangeSchema } from './polling.ts';
import { profileFieldsSchema, profileProblemsSchema, profileSchema } from './profile.ts';
import { interpretersSchema } from './python.ts';
import { recordingFileSchema, recordingNameSchema, recordingPieceSchema } from './recording.ts';
import { runConditionsSchema, runLogSchema } from './run-evidence.ts';
import {
  annotateSchema,
  itemsPageSchema,
  itemsRequestSchema,
  runFacetsSchema,
  runIdsSchema,
  runRecordSchema,
  runsPageSchema,
  runsRequestSchema,
} from './run-record.ts';
import { sentenceSchema } from './sentence.ts';
import { inputTexts } from './sentences.ts';
import { settingsSchema } from './settings.ts';
import { appliedSchema, modelSchema } from './state.ts';
import { savedViewSchema } from './views.ts';

const nothing = z.strictObject({});
const done = z.void();
/**
 * When a command that would end the run in progress acts. Without it such a command fails with `busy` while a run is in
 * progress, and `details.run` names it. `afterRun` holds queued runs and returns at once; state.afterRun shows it.
 */
const whenSchema = z.enum(['now', 'afterRun']);
const decided = z.strictObject({ when: whenSchema.optional() });
const waitBytesSchema = z
  .number()
  .int()
  .positive()
  .max(2 ** 50);
const modelPathSchema = z.strictObject({ path: z.string().min(1) });

const command = <I extends z.ZodType, O extends z.ZodType>(input: I, output: O) => ({ input, output });

/**
 * Everything that a person can make the panel do. Each command is declared once: the caller in the renderer and the handler
 * in core get their types from it. A command fails with a PanelError.
 */
export const commands = {
  /** Changes and saves the desired settings; the running backend is unchanged until settings.apply. */
  'settings.change': command(z.strictObject({ values: settingsSchema.partial() }), done),
  /** Resets the desired settings to the running ones. */
  'settings.undo': command(nothing, done),
  /**
   * Restarts the backend with the desired settings; returns what is not in effect once it is ready, or null where that
   * waits for the run.
   */
  'settings.apply': command(decided, appliedSchema.nullable()),
  /** Lets the backend listen on this address beyond the machine, until LBS_HOST changes. */
  'settings.allowHost': command(z.strictObject({ host: z.string().min(1) }), done),
  'backend.start': command(nothing, done),
  /** Queued runs stay queued for the next start. */
  'backend.stop': command(decided, done),
  'backend.restart': command(decided, done),
  /** Stops the process group, waits until its GPU memory is free, and starts again. */
  'gpu.clearAndRestart': command(decided, done),
  /** Desktop only; `unsupported` elsewhere. Closes the window and stops the backend. */
  'app.close': command(decided, done),
  /** The answer to state.closing: the window stays open. */
  'app.keepOpen': command(nothing, done),
  /** Cancels what state.afterRun shows. */
  'afterRun.cancel': command(nothing, done),
  /** Ends one process of this user that is on a GPU, after the person has confirmed it; `startTime` as listed. */
  'gpu.endProcess': command(z.strictObject({ pid: z.number().int(), startTime: z.number() }), done),
  /** Watches a backend that was started by hand, read-only; Headroom's own is stopped for it. */
  'adoption.watch': command(serverIdSchema, done),
  'adoption.unwatch': command(nothing, done),
  /** Hides the banner about the servers found so far, also in later starts; false shows it again. */
  'adoption.dismiss': command(z.strictObject({ dismissed: z.boolean() }), done),
  /** Ends it and starts Headroom's own, which takes over its queued runs where the database is the same; `settings`: with its settings. */
  'adoption.takeOver': command(serverIdSchema.extend({ settings: z.boolean() }), done),
  /** Searches a folder, and adds it to the list where it holds models; one of the list is searched again. */
  'models.scan': command(z.strictObject({ folder: z.string().min(1) }), z.array(modelSchema)),
  /** Removes a folder from the list, not from the disk. */
  'models.forget': command(z.strictObject({ folder: z.string().min(1) }), done),
  /** What a GGUF file becomes and what that takes, or why it cannot be converted. */
  'models.about': command(modelPathSchema, z.object({ convertible: z.boolean(), sentence: sentenceSchema })),
  /** Makes a model's folder of a GGUF file that a scan found; returns the folder. Takes seconds to minutes. */
  'models.convert': command(modelPathSchema, z.object({ path: z.string() })),
  /** Nothing of the new folder is left. */
  'models.cancelConversion': command(nothing, done),
  /** Predicts the memory of a run before it is started; takes seconds the first time. */
  'plan.make': command(planRequestSchema, planSchema),
  /** The datasets that can be run now, with their members. */
  'datasets.list': command(nothing, datasetsSchema),
  /** The folder of each dataset, with what it contains. */
  'datasets.folders': command(nothing, datasetFoldersSchema),
  /** Writes the folder into the file that LBS_DATASETS names, once it is known to contain the dataset; null removes it. */
  'datasets.setFolder': command(
    z.strictObject({ name: z.string().min(1), folder: z.string().min(1).nullable() }),
    datasetFoldersSchema,
  ),
  'runs.submit': command(
    z.strictObject({
      model: z.string().min(1, inputTexts.modelFolder),
      dataset: z.string().min(1),
      parameters: runParametersSchema,
      /** The person's answer where LBS_OFFLOAD is ask. */
      offload: z.enum(['auto', 'never']).optional(),
      wait_for_bytes: waitBytesSchema.optional(),
    }),
    z.object({ req_id: z.string() }),
  ),
  'runs.cancel': command(z.strictObject({ req_id: z.string() }), done),
  /** Moves a queued run before another queued one; null: to the end. */
  'queue.move': command(z.strictObject({ req_id: z.string(), before: z.string().nullable() }), done),
  /** The run in progress continues, and no further run begins until the queue is resumed. */
  'queue.pause': command(z.strictObject({ paused: z.boolean() }), done),
  /** A queued run begins once so many bytes are free on the GPUs that it may use; null: it waits for no memory. */
  'queue.waitFor': command(z.strictObject({ req_id: z.string(), bytes: waitBytesSchema.nullable() }), done),
  /** What a run does before its next item while results cannot be saved. */
  'runs.whenUnsaved': command(z.strictObject({ choice: storageSchema.shape.when_unsaved }), done),
  'runs.get': command(z.strictObject({ req_id: z.string() }), runSchema),
  /** Runs of any age by filter, sorted and paged; queued runs and the one in progress among them. */
  'runs.page': command(runsRequestSchema, runsPageSchema),
  'runs.facets': command(nothing, runFacetsSchema),
  /** Finished items, of a run in progress too. Empty where they are no longer kept. */
  'runs.items': command(itemsRequestSchema, itemsPageSchema),
  'runs.annotate': command(annotateSchema, runRecordSchema),
  /** Hides runs from lists, the history and its statistics; they are purged after a week. Refuses all where one is queued or in progress. */
  'runs.delete': command(runIdsSchema, done),
  /** Undoes runs.delete. */
  'runs.restore': command(runIdsSchema, done),
  /** Scores item by item, settings and figures of completed runs, against the first of them. */
  'runs.compare': command(comparisonRequestSchema, comparisonSchema),
  /** A file of runs for the renderer to save, without secrets. */
  'runs.export': command(runsExportSchema, exportedSchema),
  /** One finished item by its key, as the benchmark stored it; null where it is not kept. */
  'runs.item': command(
    z.strictObject({ req_id: z.string(), key: z.string() }),
    z.record(z.string(), z.unknown()).nullable(),
  ),
  /** Energy, throttling and other processes over the time of a run. */
  'runs.conditions': command(z.strictObject({ req_id: z.string() }), runConditionsSchema),
  /** The lines that the backend printed during a run. */
  'runs.log': command(z.strictObject({ req_id: z.string() }), runLogSchema),
  /**
   * Submits a run with the remaining items of this one, with the given change. May restart the backend. `force`: it runs although
   * the plan says that it does not fit.
   */
  'runs.resume': command(
    z.strictObject({ req_id: z.string(), change: changeSchema.optional(), force: z.literal(true).optional() }),
    resumedSchema,
  ),
  /** Why this run failed; null where only its error is known. */
  'incidents.get': command(z.strictObject({ req_id: z.string() }), incidentSchema.nullable()),
  /** Runs every check again; results arrive in the state, check by check. */
  'checks.run': command(nothing, done),
  /** Applies the fix of this check, then runs the checks again. */
  'checks.fix': command(z.strictObject({ id: z.enum(checkIds) }), done),
  /** Newest first. */
  'crashes.list': command(nothing, z.array(crashSummarySchema)),
  'crashes.get': command(crashIdSchema, crashReportSchema),
  /** For the renderer to save: without the person's name and home folder, without tokens. */
  'crashes.export': command(crashIdSchema, exportedSchema),
  'crashes.delete': command(crashIdSchema, done),
  /** Text to be copied, without secrets; `removed` counts them. `person`: to be shared, so without the person's name and home folder, too. */
  'text.redact': command(
    z.strictObject({ text: z.string(), person: z.literal(true).optional() }),
    z.object({ text: z.string(), removed: z.number().int() }),
  ),
  /** The whole profile, for the editor. */
  'profiles.get': command(z.strictObject({ id: z.string() }), profileSchema),
  /** Adds a profile where there is no id. The running backend is unchanged until it is selected or restarted. */
  'profiles.save': command(
    z.strictObject({ id: z.string().optional(), profile: profileFieldsSchema }),
    z.object({ id: z.string() }),
  ),
  'profiles.remove': command(z.strictObject({ id: z.string() }), done),
  /** Null: our own backend. Restarts a running backend; `busy` while a run is queued or in progress, unless `when` is now. */
  'profiles.choose': command(z.strictObject({ id: z.string().nullable(), when: z.literal('now').optional() }), done),
  /** Checks that its folder and its program exist on this machine. Starts nothing. */
  'profiles.check': command(z.strictObject({ profile: profileFieldsSchema }), profileProblemsSchema),
  /** The Pythons of this machine; takes seconds. */
  'python.list': command(nothing, interpretersSchema),
  /** The interpreter of the next start of Headroom's own backend; null: the one that setup made. */
  'python.choose': command(z.strictObject({ path: z.string().min(1).nullable() }), done),
  /** Starts making an environment in the data folder, which is then chosen; state.python shows its progress. */
  'python.create': command(nothing, done),
  /** Resolves once nothing of the new environment is left. */
  'python.cancel': command(nothing, done),
  'firstRun.skip': command(z.strictObject({ step: z.enum(firstRunSteps) }), done),
  'firstRun.dismiss': command(nothing, done),
  /** Samples of a time range, downsampled to the width of a chart. */
  'history.window': command(windowRequestSchema, windowSchema),
  'history.events': command(eventsRequestSchema, eventsSchema),
  'history.processes': command(processWindowRequestSchema, processWindowSchema),
  /** A file of a time range, piece by piece, at the finest resolution that is kept. */
  'history.export': command(exportRequestSchema, exportPieceSchema),
  /** Saves alert settings; a rule is replaced as a whole. */
  'alerts.change': command(z.strictObject({ settings: alertChangeSchema }), done),
  /** How often the GPUs are polled; at once. */
  'polling.change': command(pollingChangeSchema, done),
  'alerts.dismiss': command(z.strictObject({ id: z.string() }), done),
  /** Lines of the backend's output from this number on; null: the newest. */
  'log.lines': command(z.strictObject({ from: z.number().int().nonnegative().nullable() }), logLinesSchema),
  'views.save': command(savedViewSchema.omit({ id: true }).strict(), done),
  'views.remove': command(z.strictObject({ id: z.string() }), done),
  /** The person has read the inbox up to this moment, in Unix milliseconds. */
  'inbox.visit': command(z.strictObject({ until: z.number() }), done),
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

export type When = z.infer<typeof whenSchema>;
export type Commands = typeof commands;
export type CommandName = keyof Commands;
export type CommandInput<N extends CommandName> = z.input<Commands[N]['input']>;
export type CommandArgument<N extends CommandName> = z.output<Commands[N]['input']>;
export type CommandOutput<N extends CommandName> = z.output<Commands[N]['output']>;

/** A handler for every command; one without output may return nothing. */
export type CommandHandlers = {
  [N in CommandName]: (input: CommandArgument<N>) => CommandOutput<N> | Promise<CommandOutput<N>>;
};
