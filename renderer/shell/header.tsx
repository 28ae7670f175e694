import { ActionIcon, Button, useComputedColorScheme, useMantineColorScheme } from '@mantine/core';
import { IconMoon, IconSun } from '@tabler/icons-react';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import type { BackendPhase } from '#contract';
import { Bell } from '../alerts/index.ts';
import { Checks } from '../checks/index.ts';
import { Clear } from '../clearing/index.ts';
import { CrashReports } from '../crashes/index.ts';
import { duration, toast, useCommand, useNow } from '../parts/index.ts';
import { RecordButton, Recordings, useReplayed } from '../replay/index.ts';
import { usePanelState } from '../store.ts';
import { LanguageToggle } from './language-toggle.tsx';

const look: Record<BackendPhase, string> = {
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
      <h1>
        <img src="./icon.svg" alt="" width={20} height={20} />
        Headroom
      </h1>
      <Status />
      <Watched />
      <Facts />
      <Bell />
      <Recorder />
      <Checks />
      <CrashReports icon />
      <ThemeToggle />
      <LanguageToggle />
      <Power />
      <Clear />
    </header>
  );
}

/** Nothing is recorded of a recording. */
function Recorder() {
  const { t } = useTranslation();
  const replayed = useReplayed(({ replay }) => replay !== null);
  if (replayed) return <span className="tag tight">{t('replay.label')}</span>;
  return (
    <>
      <RecordButton />
      <Recordings />
    </>
  );
}

function Status() {
  const { t } = useTranslation();
  const { phase, since } = usePanelState((state) => state.backend);
  const now = useNow(1_000);
  return (
    <div role="status" aria-label={t('backend.label')} className={`status ${look[phase]}`}>
      {t(`backend.${phase}`)}
      {phase === 'ready' && ` · ${duration(now - since)}`}
    </div>
  );
}

/** What the page shows then is not of our own backend. */
function Watched() {
  const { t } = useTranslation();
  const pid = usePanelState((state) => state.adoption.watching);
  return pid === null ? null : <span className="tag tight">{t('adoption.badge', { pid })}</span>;
}

function Facts() {
  const { t } = useTranslation();
  const backend = usePanelState((state) => state.backend);
  const running = usePanelState((state) => state.settings.running);
  const emulated = usePanelState((state) => state.telemetry.source === 'emulator');
  // Whether one that is not ours keeps to it nobody knows.
  const foreign = usePanelState((state) => state.profiles.chosen !== null);
  const limit = running?.LBS_GPU_MEMORY_LIMIT;
  const word = limit ? (foreign ? 'backend.limitGiven' : 'backend.limit') : 'backend.noLimit';
  const facts = [
    limit !== undefined && t(word, { limit: limit.toFixed(2) }),
    backend.torch && `torch ${backend.torch}`,
    backend.cuda && `cuda ${backend.cuda}`,
    emulated && t('backend.emulated'),
  ];
  return <span className="facts">{facts.filter(Boolean).join(' · ')}</span>;
}

function ThemeToggle() {
  const { t } = useTranslation();
  const { setColorScheme } = useMantineColorScheme();
  const scheme = useComputedColorScheme('dark');
  const other = scheme === 'dark' ? 'light' : 'dark';
  return (
    <ActionIcon variant="subtle" color="gray" aria-label={t('theme.toggle')} onClick={() => setColorScheme(other)}>
      {scheme === 'dark' ? <IconSun size={17} /> : <IconMoon size={17} />}
    </ActionIcon>
  );
}

function Power() {
  const { t } = useTranslation();
  const phase = usePanelState((state) => state.backend.phase);
  const clearing = usePanelState((state) => state.clearing?.active ?? false);
  const start = useCommand('backend.start');
  const stop = useCommand('backend.stop');
  useFailure(start.error?.message ?? stop.error?.message);
  const runs = phase === 'ready' || phase === 'starting' || phase === 'backoff';
  return runs ? (
    <Button variant="default" size="xs" disabled={clearing} loading={stop.busy} onClick={() => stop.run({})}>
      {t('backend.stop')}
    </Button>
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

/** A command without a place of its own on the screen tells its failure in a toast. */
function useFailure(message: string | undefined) {
  useEffect(() => {
    if (message) toast(message, { color: 'red' });
  }, [message]);
}
