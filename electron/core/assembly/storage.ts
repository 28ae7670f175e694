import { join } from 'node:path';
import { openDismissedServers } from '../adoption/index.ts';
import { createBackendLog, createStepDurations, issuedSecrets } from '../backend/index.ts';
import { createListeners, createSaving, type PanelStream, type StoreNotice } from '../base/index.ts';
import { createFirstRun } from '../first-run/index.ts';
import { createHistory } from '../history/index.ts';
import { openInbox } from '../inbox/index.ts';
import { createCrashes, createIncidents } from '../incidents/index.ts';
import { createConverter, createModels, forkScan } from '../models/index.ts';
import type { Place } from '../place/index.ts';
import { createProfiles } from '../profiles/index.ts';
import { personOf, secretsIn } from '../redaction/index.ts';
import { createSettingsStore } from '../settings/index.ts';
import { type Hub, invalidOverrides, type Notices } from '../state/index.ts';
import { openViews } from '../views/index.ts';

/** Opens everything that Headroom keeps on disk. What could not be read becomes a notice. */
export async function openStorage(place: Place, hub: Hub, notices: Notices) {
  const { env, home, paths } = place;
  const saving = await createSaving({
    folder: paths.folder,
    onChange(problem) {
      notices.withdraw('not_saved');
      if (problem) notices.add({ level: 'error', code: 'not_saved', sentence: problem });
    },
  });
  const settings = await createSettingsStore({ file: paths.settings, env, saving });
  const models = await createModels({
    file: paths.panel,
    saving,
    own: paths.models,
    home,
    converter: createConverter(place),
    scanner: { start: place.scanProcess ?? (() => forkScan(join(place.resources, 'out', 'main', 'scan.js'))) },
    onChange: (state) => hub.set({ models: state }),
  });
  const firstRun = await createFirstRun({
    file: paths.firstRun,
    saving,
    onChange: (state) => hub.set({ firstRun: state }),
  });
  const profiles = await createProfiles({ file: paths.profiles, env, saving });
  profiles.onChange((state) => hub.set({ profiles: state }));
  hub.set({ models: models.state(), profiles: profiles.state(), firstRun: firstRun.state() });
  // One notice covers all files of a folder that cannot be used.
  const addFileNotice = (notice: StoreNotice | null) => {
    if (notice?.code !== 'file_unreadable' || !saving.problem()) notices.add(notice);
  };
  for (const notice of [settings.notice(), models.notice(), profiles.notice()]) addFileNotice(notice);
  for (const notice of invalidOverrides(settings.overrides())) notices.add(notice);

  // Where nothing can be saved, the notice about that covers each file.
  const notSaved = async (notice: StoreNotice) => {
    if (!(await saving.check())) notices.add(notice);
  };
  const person = personOf(home, env);
  const inherited = secretsIn(env);
  const secrets = () => [...inherited, ...profiles.secrets(), ...issuedSecrets()];
  return {
    saving,
    addFileNotice,
    settings,
    models,
    firstRun,
    profiles,
    person,
    secrets,
    dismissedServers: await openDismissedServers(paths.adoption, saving),
    stepDurations: await createStepDurations(paths.starts, saving),
    views: await openViews({ file: paths.views, saving, onChange: (views) => hub.set({ views }) }),
    inbox: await openInbox({ file: paths.inbox, saving, onChange: (inbox) => hub.set({ inbox }) }),
    history: await createHistory({
      folder: paths.history,
      notify: (notice) => (notice.code === 'history_not_kept' ? void notSaved(notice) : notices.add(notice)),
    }),
    incidents: createIncidents(paths.incidents, secrets, notSaved),
    crashes: createCrashes({ folder: paths.incidents, person, secrets, onNotSaved: notSaved }),
    ...openLog(paths.backendLog),
  };
}

export type Storage = Awaited<ReturnType<typeof openStorage>>;

/** The backend's log, the stream that views of it follow, and Headroom's own lines in it. */
function openLog(file: string) {
  const shown = createListeners<string>();
  const log = createBackendLog(file, { onShown: shown.notify });
  const output: PanelStream<'log'> = { backlog: () => [log.tail()], onItem: shown.add };
  const writeLine = (line: string) => {
    // Never in the middle of a line that the backend is still writing.
    const begin = /(^|\n)$/.test(log.tail().slice(-1)) ? '' : '\r\n';
    void log.write(`${begin}[Headroom] ${line}\r\n`);
  };
  return { log, output, writeLine };
}
