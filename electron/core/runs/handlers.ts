import type { Applied, CommandHandlers } from '#contract';
import type { Guards } from '../guards/index.ts';
import type { Overrides, PanelSettings } from '../settings/index.ts';
import type { Decisions } from './decisions.ts';
import { resumeRun } from './resume.ts';

type Commands =
  | 'settings.apply'
  | 'afterRun.cancel'
  | 'plan.make'
  | 'datasets.list'
  | 'datasets.folders'
  | 'datasets.setFolder'
  | 'runs.submit'
  | 'runs.cancel'
  | 'queue.move'
  | 'queue.pause'
  | 'queue.waitFor'
  | 'runs.whenUnsaved'
  | 'runs.get'
  | 'runs.resume'
  | 'incidents.get';

export function runHandlers(parts: {
  guards: Guards;
  settings: PanelSettings;
  /** Variables of Headroom's own environment. */
  overrides(): Overrides;
  decisions: Decisions;
  runOpen(): boolean;
}): Pick<CommandHandlers, Commands> {
  const { guards, settings, decisions } = parts;
  const { client } = guards;
  return {
    'settings.apply': async ({ when }) => (await guards.decide('apply', when)) as Applied | null,
    'afterRun.cancel': decisions.cancel,
    'plan.make': (input) => client().plan(input),
    'datasets.list': () => client().datasets(),
    'datasets.folders': () => client().datasetFolders(),
    'datasets.setFolder': (input) => client().setDatasetFolder(input),
    'runs.submit': async ({ model, dataset, parameters, offload, wait_for_bytes }) => {
      const req_id = await client().submit({
        model_type: 'local',
        model_name_or_path: model,
        dataset_name: dataset,
        parameters,
        ...(offload ? { offload } : {}),
        ...(wait_for_bytes ? { wait_for_bytes } : {}),
      });
      return { req_id };
    },
    'runs.cancel': ({ req_id }) => client().cancel(req_id),
    'queue.move': (input) => client().move(input),
    'queue.pause': ({ paused }) => client().pause(paused),
    'queue.waitFor': (input) => client().waitFor(input),
    'runs.whenUnsaved': ({ choice }) => client().whenUnsaved(choice),
    'runs.get': ({ req_id }) => client().run(req_id),
    'runs.resume': async (input) => {
      // Before a setting is changed for it.
      guards.ownBackend();
      if (input.change) guards.hostAllowed();
      const steps = {
        client,
        overrides: parts.overrides,
        change: settings.change,
        apply: () => decisions.decide('apply', 'now'),
        busy: parts.runOpen,
      };
      return resumeRun(steps, input);
    },
    'incidents.get': ({ req_id }) => client().incident(req_id),
  };
}
