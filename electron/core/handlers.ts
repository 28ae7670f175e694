import { type CommandHandlers, PanelError, type Settings } from '#contract';
import type { AdoptionRoom } from './adoption/index.ts';
import type { Client, Supervisor } from './backend/index.ts';
import type { Environment } from './base/index.ts';
import type { PanelChecks } from './checks/index.ts';
import { type ClearingSteps, clearAndRestart, listed, waitUntilBack } from './clearing/index.ts';
import { endGpuProcess } from './gpu/index.ts';
import type { Crashes } from './incidents/index.ts';
import type { Models } from './models/index.ts';
import { checkProfile, chooseProfile, type Profiles } from './profiles/index.ts';
import type { ApplyingRoom } from './runs/index.ts';
import { type ResumingSteps, resumeRun } from './runs/index.ts';
import type { SettingsStore } from './settings/index.ts';
import type { Notices } from './state/index.ts';

export interface HandlerParts {
  settings: SettingsStore;
  supervisor: Supervisor;
  models: Models;
  crashes: Crashes;
  checks: PanelChecks;
  notices: Notices;
  profiles: Profiles;
  /** The panel's own. */
  env: Environment;
  /** The running backend's; null while none is ready. */
  client(): Client | null;
  settingsChanged(): void;
  /** Desired as it runs, for undo; null while none runs. */
  undo(): Promise<void>;
  applying: ApplyingRoom;
  /** A run is queued or on. */
  runOpen(): boolean;
  clearing: ClearingSteps;
  /** Figures of the GPUs come now. */
  hasFigures(): boolean;
  adoption: AdoptionRoom;
  pickFolder: (() => Promise<string | null>) | undefined;
  /** What is kept, told and recorded: each room brings its own. */
  telemetry: Pick<
    CommandHandlers,
    Extract<keyof CommandHandlers, `history.${string}` | `alerts.${string}` | `recording.${string}`>
  >;
}

/** Every command of the contract: the compiler sees that none is missing. */
export function createHandlers(parts: HandlerParts): CommandHandlers {
  const { settings, supervisor, models, crashes, checks, notices, profiles, adoption } = parts;
  let clearing = false;

  const notForeign = () => {
    if (profiles.chosen())
      throw new PanelError('not_ready', "This backend is not Headroom's own: its runs are started in its own way.");
  };
  const running = (): Client => {
    notForeign();
    const client = parts.client();
    const watched = adoption.watching();
    if (!client && watched !== null)
      throw new PanelError(
        'refused',
        `Process ${watched} was started by hand and is only watched: take it over first.`,
      );
    if (!client) throw new PanelError('not_ready', 'The backend is not ready: start it, or wait until it is.');
    return client;
  };
  const notWhileClearing = () => {
    if (clearing) throw new PanelError('busy', 'The memory is being cleared: wait until that is done.');
  };
  const restart = async () => {
    notWhileClearing();
    supervisor.restart();
    await supervisor.whenReady();
    return null;
  };

  const change = async (values: Partial<Settings>) => {
    await settings.change(values);
    parts.settingsChanged();
    return null;
  };
  const resuming: ResumingSteps = {
    client: running,
    overrides: settings.overrides,
    change: async (values) => void (await change(values)),
    apply: () => parts.applying.apply('now'),
    busy: parts.runOpen,
  };

  return {
    ...parts.telemetry,
    'settings.change': ({ values }) => change(values),
    'settings.undo': async () => {
      await parts.undo();
      parts.settingsChanged();
      return null;
    },
    'settings.apply': async ({ when }) => {
      notWhileClearing();
      return parts.applying.apply(when);
    },
    'settings.cancelApply': async () => {
      await parts.applying.cancel();
      return null;
    },
    'backend.start': async () => {
      notWhileClearing();
      supervisor.start();
      await supervisor.whenReady();
      return null;
    },
    'backend.stop': async () => {
      notWhileClearing();
      const first = parts.clearing.recent();
      supervisor.stop();
      await supervisor.whenStopped();
      // The processes are gone; a stop is over when their memory is back, or somebody has started again.
      const before = await listed(parts.clearing);
      // Where no figures come, as of a GPU that has fallen asleep, there is nothing to wait for: the backend has stopped.
      const isOver = () => supervisor.phase() !== 'stopped' || !parts.hasFigures();
      const back = await waitUntilBack(parts.clearing, first, undefined, isOver);
      if (back.problem) throw new PanelError('backend_error', back.problem(before));
      return null;
    },
    'backend.restart': restart,
    'gpu.clearAndRestart': async () => {
      notWhileClearing();
      clearing = true;
      try {
        await clearAndRestart(parts.clearing);
      } finally {
        clearing = false;
      }
      return null;
    },
    'gpu.endProcess': async (asked) => {
      await endGpuProcess(parts.clearing.processes, asked);
      return null;
    },
    'adoption.watch': async (asked) => {
      notWhileClearing();
      await adoption.watch(asked);
      return null;
    },
    'adoption.unwatch': async () => {
      adoption.unwatch();
      return null;
    },
    'adoption.takeOver': async (asked) => {
      notWhileClearing();
      await adoption.takeOver(asked);
      return null;
    },
    'models.scan': ({ folder }) => models.scan(folder),
    'plan.make': (input) => running().plan(input),
    'datasets.list': () => running().datasets(),
    'runs.submit': async ({ model, dataset, parameters, offload }) => {
      const req_id = await running().submit({
        model_type: 'local',
        model_name_or_path: model,
        dataset_name: dataset,
        parameters,
        ...(offload ? { offload } : {}),
      });
      return { req_id };
    },
    'runs.cancel': async ({ req_id }) => {
      await running().cancel(req_id);
      return null;
    },
    'runs.get': ({ req_id }) => running().run(req_id),
    'runs.resume': async (input) => {
      // Before a setting is changed for it.
      notForeign();
      return resumeRun(resuming, input);
    },
    'incidents.get': ({ req_id }) => running().incident(req_id),
    'checks.run': async () => {
      await checks.run();
      return null;
    },
    'checks.fix': async ({ id }) => {
      await checks.fix(id);
      return null;
    },
    'crashes.list': () => crashes.list(),
    'crashes.get': ({ id }) => crashes.get(id),
    'crashes.export': ({ id }) => crashes.export(id),
    'crashes.delete': async ({ id }) => {
      await crashes.delete(id);
      return null;
    },
    'profiles.get': async ({ id }) => profiles.get(id),
    'profiles.save': async ({ id, profile }) => ({ id: await profiles.save(profile, id) }),
    'profiles.remove': async ({ id }) => {
      await profiles.remove(id);
      return null;
    },
    'profiles.choose': async (input) => {
      notWhileClearing();
      await chooseProfile({ profiles, supervisor, busy: parts.runOpen }, input);
      return null;
    },
    'profiles.check': async ({ profile }) => checkProfile(profile, parts.env),
    'notices.dismiss': async ({ id }) => {
      notices.dismiss(id);
      return null;
    },
    'dialog.pickFolder': async () => {
      if (!parts.pickFolder)
        throw new PanelError('unsupported', 'A browser cannot choose folders of this machine: type the path.');
      return { path: await parts.pickFolder() };
    },
  };
}
