import { Button } from '@mantine/core';
import { IconPlayerPause, IconPlayerPlay } from '@tabler/icons-react';
import { lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import { Card, duration, useCommand, useErrorToast } from '../parts/index.ts';
import { useReplayed } from '../replay/index.ts';
import { CurrentRow } from './current-row.tsx';
import { secondsLeft } from './estimate.ts';
import { type Queue, useQueue } from './use-queue.ts';
import './queue.css';

// Dragging is loaded where there is something to drag.
const QueuedList = lazy(async () => ({ default: (await import('./queued-list.tsx')).QueuedList }));

/** The run in progress and the queued runs, which can be moved, made to wait for memory, cancelled, and paused as a whole. */
export function QueueStrip() {
  const { t } = useTranslation();
  const queue = useQueue();
  const replayed = useReplayed(({ replay }) => replay !== null);
  const { current, queued, paused } = queue;
  return (
    <Card
      title={t('queue.title')}
      className="queue"
      actions={
        <>
          <Summary {...queue} />
          {!replayed && <PauseButton {...queue} />}
        </>
      }
    >
      {paused && (
        <div className="queue-paused small" role="status">
          {t(current ? 'queue.pausedAfter' : 'queue.paused')}
        </div>
      )}
      {!current && queued.length === 0 && <p className="dim queue-empty">{t('queue.empty')}</p>}
      {current && <CurrentRow run={current} acts={!replayed} />}
      {queued.length > 0 && (
        <Suspense>
          <QueuedList queue={queue} acts={!replayed} />
        </Suspense>
      )}
    </Card>
  );
}

/** "3 queued · about 14 min": the time only where that of every run is known. */
export function Summary(queue: Pick<Queue, 'current' | 'queued' | 'ended' | 'paused'>) {
  const { t } = useTranslation();
  const { current, queued, paused } = queue;
  if (!current && queued.length === 0) return null;
  const left = paused ? null : secondsLeft(queue);
  const words = [
    t('queue.count', { count: queued.length }),
    left !== null && t('queue.about', { time: duration(left * 1_000) }),
  ];
  return <span className="dim small queue-summary">{words.filter(Boolean).join(' · ')}</span>;
}

function PauseButton({ paused, changeable }: Pick<Queue, 'paused' | 'changeable'>) {
  const { t } = useTranslation();
  const pause = useCommand('queue.pause');
  useErrorToast(pause.error?.sentence ?? null);
  const Icon = paused ? IconPlayerPlay : IconPlayerPause;
  return (
    <Button
      size="compact-xs"
      {...(paused ? {} : { variant: 'default' })}
      leftSection={<Icon size={13} />}
      title={t('queue.pauseAbout')}
      disabled={!changeable}
      loading={pause.busy}
      onClick={() => pause.run({ paused: !paused })}
    >
      {t(paused ? 'queue.resume' : 'queue.pause')}
    </Button>
  );
}
