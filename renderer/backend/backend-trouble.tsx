import { Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { useSentence } from '../i18n/index.ts';
import { OutputLines, useCommand, useNow } from '../parts/index.ts';
import { paths } from '../routes/index.ts';
import { usePanelState } from '../store.ts';
import { StuckProcesses } from './stuck-processes.tsx';
import { WorkerTrouble } from './worker-trouble.tsx';

const LINES = 12;

/** Why the backend is not running, its last lines of output, and a button to retry. */
export function BackendTrouble() {
  const { t } = useTranslation();
  const sentence = useSentence();
  const { phase, reason, limitNote, worker, workerError, silent, url } = usePanelState((state) => state.backend);
  const limit = usePanelState((state) => state.settings.running?.LBS_GPU_MEMORY_LIMIT ?? 0);
  const asks = usePanelState((state) => state.settings.exposedHost !== null);
  const start = useCommand('backend.start');
  if (phase === 'ready' && workerError && (worker === 'failed' || worker === 'starting'))
    return <WorkerTrouble error={workerError} failed={worker === 'failed'} />;
  if (phase === 'ready' && limitNote && limit !== 0) return <div className="card error">{sentence(limitNote)}</div>;
  if (silent) return <div className="card warning">{t('backend.silent', { url })}</div>;
  if (!reason || (phase !== 'failed' && phase !== 'backoff')) return null;
  // ExposedHost asks.
  if (reason.code === 'not_allowed' && asks) return null;
  return (
    <section className="card" aria-label={t(`backend.${phase}`)}>
      <div className="row">
        <strong className="error grow">{sentence(reason.sentence)}</strong>
        {phase === 'backoff' && <NextTry />}
        <Button component={Link} href={paths.inbox} variant="subtle" color="gray" size="xs" flex="none">
          {t('crashes.title')}
        </Button>
        <Button variant="default" size="xs" flex="none" loading={start.busy} onClick={() => start.run({})}>
          {t(phase === 'failed' ? 'backend.tryAgain' : 'backend.tryNow')}
        </Button>
      </div>
      {reason.advice && <div>{sentence(reason.advice)}</div>}
      {reason.pids && <StuckProcesses pids={reason.pids} />}
      {reason.lines.length > 0 && (
        <>
          <span className="dim small">{t('backend.lastLines')}</span>
          <OutputLines text={reason.lines.slice(-LINES).join('\n')} />
        </>
      )}
    </section>
  );
}

function NextTry() {
  const { t } = useTranslation();
  const retryAt = usePanelState((state) => state.backend.retryAt);
  const now = useNow(1_000);
  if (retryAt === null) return null;
  return (
    <span className="dim">{t('backend.nextTry', { count: Math.max(0, Math.ceil((retryAt - now) / 1_000)) })}</span>
  );
}
