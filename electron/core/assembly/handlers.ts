import { type CommandHandlers, PanelError } from '#contract';
import { adoptionHandlers } from '../adoption/index.ts';
import { alertHandlers } from '../alerts/index.ts';
import { checkHandlers } from '../checks/index.ts';
import { clearingHandlers } from '../clearing/index.ts';
import { firstRunHandlers } from '../first-run/index.ts';
import type { Guards } from '../guards/index.ts';
import { historyHandlers } from '../history/index.ts';
import { inboxHandlers } from '../inbox/index.ts';
import { crashHandlers } from '../incidents/index.ts';
import { modelHandlers } from '../models/index.ts';
import { profileHandlers } from '../profiles/index.ts';
import { type Pythons, pythonHandlers } from '../python/index.ts';
import { recordingHandlers } from '../recording/index.ts';
import { redactionHandlers } from '../redaction/index.ts';
import { type Decisions, evidenceHandlers, type Runs, recordHandlers, runHandlers } from '../runs/index.ts';
import type { ControlPlaneOptions } from '../session/index.ts';
import { settingsHandlers } from '../settings/index.ts';
import type { Notices } from '../state/index.ts';
import { backendHandlers } from '../supervision/index.ts';
import { viewHandlers } from '../views/index.ts';
import type { createWatching } from '../watching/index.ts';
import type { Backend } from './backend.ts';
import type { Closing } from './closing.ts';
import { say } from './sentences.ts';
import type { Storage } from './storage.ts';

interface HandlerParts extends Backend {
  storage: Storage;
  guards: Guards;
  notices: Notices;
  watching: Pick<Awaited<ReturnType<typeof createWatching>>, 'alerts' | 'rates'>;
  runs: Runs;
  runOpen(): boolean;
  decisions: Decisions;
  closing: Closing;
  adoption: Parameters<typeof adoptionHandlers>[0];
  checks: Parameters<typeof checkHandlers>[0];
  clearing: Parameters<typeof clearingHandlers>[0];
  recording: Parameters<typeof recordingHandlers>[0];
  pythons: Pythons;
  options: Pick<ControlPlaneOptions, 'env' | 'pickFolder'>;
}

/** Every command of the contract: each room brings its own, and the compiler checks that none is missing. */
export function createHandlers(parts: HandlerParts): CommandHandlers {
  const { storage, guards, settings, supervision, decisions, runOpen } = parts;
  const { supervisor } = supervision;
  const { profiles } = storage;
  const redaction = redactionHandlers(storage.secrets, storage.person);
  return {
    ...settingsHandlers(settings),
    ...backendHandlers(supervision, guards),
    ...clearingHandlers(parts.clearing, guards),
    ...parts.closing.handlers(guards),
    ...adoptionHandlers(parts.adoption, guards),
    ...modelHandlers(storage.models),
    ...runHandlers({ guards, settings, overrides: storage.settings.overrides, decisions, runOpen }),
    ...recordHandlers({
      guards,
      runs: parts.runs,
      redact: async (text) => (await redaction['text.redact']({ text })).text,
    }),
    ...evidenceHandlers({ guards, runs: parts.runs, history: storage.history, log: storage.log }),
    ...checkHandlers(parts.checks),
    ...crashHandlers(storage.crashes),
    ...redaction,
    ...profileHandlers(
      {
        profiles,
        phase: supervisor.phase,
        // Its outcome is in the state.
        restart: () => void supervision.restart().catch(() => undefined),
        busy: runOpen,
        dropDecision: decisions.drop,
      },
      guards,
      parts.options.env,
    ),
    ...historyHandlers(storage.history),
    ...alertHandlers(parts.watching.alerts),
    'polling.change': parts.watching.rates.change,
    ...inboxHandlers(storage.inbox),
    ...viewHandlers(storage.views),
    ...recordingHandlers(parts.recording),
    ...pythonHandlers(parts.pythons),
    ...firstRunHandlers(storage.firstRun),
    'log.lines': ({ from }) => storage.log.lines(from),
    'notices.dismiss': ({ id }) => parts.notices.dismiss(id),
    'dialog.pickFolder': async () => {
      if (!parts.options.pickFolder) throw new PanelError('unsupported', say('noFolderDialog'));
      return { path: await parts.options.pickFolder() };
    },
  };
}
