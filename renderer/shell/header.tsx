import { Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { type BackendPhase, isLoopback, shownPhase } from '#contract';
import { useWorkerStep } from '../backend/index.ts';
import { Clear } from '../clearing/index.ts';
import { duration, useCommand, useDecision, useErrorToast, useNow } from '../parts/index.ts';
import { RecordButton, useReplayed } from '../replay/index.ts';
import { usePanelState } from '../store.ts';
import { ActiveRun } from './active-run.tsx';
import { InForce } from './in-force.tsx';
import { PaletteButton } from './palette-button.tsx';
import { SkipLink } from './skip-link.tsx';
import './header.css';

const phaseClasses: Record<BackendPhase, string> = {
  ready: 'ready',
  starting: 'busy',
  stopping: 'busy',
  backoff: 'failed',
  failed: 'failed',
  stopped: '',
};

export function Header() {
  return (
    <header className="header">
      <SkipLink />
      <h1>
        <img src="./icon.svg" alt="" width={20} height={20} />
        <span>Headroom</span>
      </h1>
      <Status />
      <WatchedServer />
      <Exposed />
      <InForce />
      <span className="grow" />
      <ActiveRun />
      <PaletteButton />
      <RecordingControls />
      <Actions />
    </header>
  );
}

/** A recording is only looked at: nothing that acts stands beside it. */
function Actions() {
  const replayed = useReplayed(({ replay }) => replay !== null);
  if (replayed) return null;
  return (
    <>
      <Power />
      <Clear />
    </>
  );
}

/** A recording in progress is in sight from every room; while one is shown, a label says so. */
function RecordingControls() {
  const { t } = useTranslation();
  const replayed = useReplayed(({ replay }) => replay !== null);
  const records = usePanelState(({ recording }) => recording.on !== null);
  if (replayed) return <span className="tag tight">{t('replay.label')}</span>;
  return records ? <RecordButton /> : null;
}

function Status() {
  const { t } = useTranslation();
  const phase = usePanelState(({ backend }) => shownPhase(backend));
  const since = usePanelState(({ backend }) => backend.since);
  const workerSince = usePanelState(({ backend }) => backend.workerSince);
  const step = useWorkerStep();
  const now = useNow(1_000);
  const loads = phase === 'starting' && step !== null && workerSince !== null;
  return (
    <div role="status" aria-label={t('backend.label')} className={`status ${phaseClasses[phase]}`}>
      {loads ? t('backend.startingStep', { step, time: duration(now - workerSince) }) : t(`backend.${phase}`)}
      {phase === 'ready' && ` · ${duration(now - since)}`}
    </div>
  );
}

/** Marks that the page shows a backend that was started by hand, not Headroom's own. */
function WatchedServer() {
  const { t } = useTranslation();
  const pid = usePanelState((state) => state.adoption.watching);
  return pid === null ? null : <span className="tag tight">{t('adoption.badge', { pid })}</span>;
}

/** Marks that other machines can reach the backend that runs. */
function Exposed() {
  const { t } = useTranslation();
  const host = usePanelState((state) => state.settings.running?.LBS_HOST);
  // A profile's program chooses its own address.
  const foreign = usePanelState((state) => state.profiles.chosen !== null);
  if (foreign || host === undefined || isLoopback(host)) return null;
  return <span className="tag tight over">{t('exposed.inForce', { host })}</span>;
}

function Power() {
  const { t } = useTranslation();
  const phase = usePanelState((state) => state.backend.phase);
  const clearing = usePanelState((state) => state.clearing?.active ?? false);
  const start = useCommand('backend.start');
  const stop = useDecision('backend.stop', 'stop');
  useErrorToast((start.error ?? stop.error)?.sentence ?? null);
  const canStop = phase === 'ready' || phase === 'starting' || phase === 'backoff';
  return canStop ? (
    <>
      <Button variant="default" size="xs" disabled={clearing} loading={stop.busy} onClick={() => void stop.run()}>
        {t('backend.stop')}
      </Button>
      {stop.dialog}
    </>
  ) : (
    <Button
      variant="default"
      size="xs"
      disabled={clearing || phase === 'stopping'}
      loading={start.busy}
      onClick={() => start.run({})}
    >
      {t('backend.start')}
    </Button>
  );
}
