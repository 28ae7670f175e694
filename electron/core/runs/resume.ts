import {
  type Change,
  type CommandArgument,
  PanelError,
  type Resumed,
  type SettingName,
  type Settings,
} from '#contract';
import type { Client } from '../backend/index.ts';
import type { Overrides } from '../settings/index.ts';
import { say } from './sentences.ts';

export interface ResumeSteps {
  /** Throws `not_ready` while no backend runs. */
  client(): Client;
  overrides(): Overrides;
  change(values: Partial<Settings>): Promise<void>;
  /** Restarts the backend with the changed settings; resolves when it is ready. */
  apply(): Promise<unknown>;
  /** A run is queued or in progress: a restart would end it. */
  busy(): boolean;
}

/**
 * Resumes a run that failed or was cancelled. A limit or a data type belongs to the backend: it is changed and applied before the
 * run resumes, here and not in the page, so that a page closed meanwhile cannot leave the change half done.
 */
export async function resumeRun(steps: ResumeSteps, request: CommandArgument<'runs.resume'>): Promise<Resumed> {
  const { req_id, change, ...rest } = request;
  const setting = change && settingOf(change);
  if (!setting) return steps.client().resume(req_id, change ? { ...rest, change } : rest);
  const { name } = setting;
  const value = steps.overrides()[name];
  if (value !== undefined) throw new PanelError('refused', say('overridden', { name, value }));
  if (steps.busy()) throw new PanelError('busy', say('restartNeeded'));
  await steps.change(setting.values);
  await steps.apply();
  return steps.client().resume(req_id, rest);
}

/** The setting that a change stands for; undefined where it changes the run itself. */
function settingOf(change: Change): { name: SettingName; values: Partial<Settings> } | undefined {
  if (change.name === 'limit') return { name: 'LBS_GPU_MEMORY_LIMIT', values: { LBS_GPU_MEMORY_LIMIT: change.to } };
  if (change.name === 'dtype') return { name: 'LBS_TORCH_DTYPE', values: { LBS_TORCH_DTYPE: change.to } };
  return undefined;
}
