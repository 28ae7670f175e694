import type { Checks } from '#contract';
import type { Supervisor } from '../backend/index.ts';
import { pythonEnvironment } from '../base/index.ts';
import type { Models } from '../models/index.ts';
import type { SettingsStore } from '../settings/index.ts';
import type { Notices } from '../state/index.ts';
import { createChecks, type PanelChecks } from './checks.ts';
import type { CheckPlace } from './types.ts';

type Where = Pick<CheckPlace, 'env' | 'platform' | 'python' | 'pythonFolder' | 'root' | 'paths' | 'smi'>;

/** The inputs of the checks without a running backend. */
export const placeOf = (where: Where, settings: SettingsStore, modelFolders: () => readonly string[]): CheckPlace => ({
  ...where,
  // Another may be chosen while the panel runs.
  get python() {
    return where.python;
  },
  desired: settings.desired,
  overrides: settings.overrides,
  modelFolders,
  ownPort: () => null,
  backend: () => ({ python: where.python, env: pythonEnvironment(where.env) }),
  worker: () => null,
});

/** The checks of a panel, which knows its backend and can apply fixes. */
export function createPanelChecks(parts: {
  where: Omit<Where, 'python'> & { python(): string };
  settings: SettingsStore;
  models: Models;
  supervisor: Supervisor;
  notices: Notices;
  ownPort(): number | null;
  backend: CheckPlace['backend'];
  worker: CheckPlace['worker'];
  settingsChanged(): void;
  onChange(state: Checks): void;
}): PanelChecks {
  const { settings, models, supervisor, notices, ownPort, backend, worker, onChange } = parts;
  const where = {
    ...parts.where,
    get python() {
      return parts.where.python();
    },
  };
  return createChecks({
    // A disk that does not answer would block one of the panel's few threads for files.
    place: Object.assign(placeOf(where, settings, models.answering), { ownPort, backend, worker }),
    actions: {
      changeSettings: async (values) => {
        await settings.change(values);
        parts.settingsChanged();
      },
      backendStopped: () => supervisor.phase() === 'stopped' || supervisor.phase() === 'failed',
      notify: (sentence) => notices.add({ level: 'warning', code: 'file_damaged', sentence }),
    },
    onChange,
  });
}
