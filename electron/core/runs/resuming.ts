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

export interface ResumingSteps {
  /** Fails with `not_ready` while no backend runs. */
  client(): Client;
  overrides(): Overrides;
  change(values: Partial<Settings>): Promise<void>;
  /** Restarts the backend under what was changed; resolves when it is ready. */
  apply(): Promise<unknown>;
  /** A run is queued or on: a restart would end it. */
  busy(): boolean;
}

/**
 * Goes on with a run that ended early. A limit or a data type belongs to the backend: it is changed, applied and only
 * then resumed, here and not in the page, so that a page that is closed meanwhile cannot leave half of it.
 */
export async function resumeRun(steps: ResumingSteps, asked: CommandArgument<'runs.resume'>): Promise<Resumed> {
  const { req_id, change } = asked;
  const setting = change && settingOf(change);
  if (!setting) return steps.client().resume(req_id, change);
  const held = steps.overrides()[setting.name];
  if (held !== undefined)
    throw new PanelError(
      'refused',
      `${setting.name} is ${held} in the environment that Headroom was started from, and that wins: change it there, or take another way out.`,
    );
  if (steps.busy())
    throw new PanelError(
      'busy',
      'This way out restarts the backend, and another run is on: wait for its end, or cancel it.',
    );
  await steps.change(setting.values);
  await steps.apply();
  return steps.client().resume(req_id);
}

/** The setting that a way out stands for; undefined where it changes the run itself. */
function settingOf(change: Change): { name: SettingName; values: Partial<Settings> } | undefined {
  if (change.name === 'limit') return { name: 'LBS_GPU_MEMORY_LIMIT', values: { LBS_GPU_MEMORY_LIMIT: change.to } };
  if (change.name === 'dtype') return { name: 'LBS_TORCH_DTYPE', values: { LBS_TORCH_DTYPE: change.to } };
  return undefined;
}
