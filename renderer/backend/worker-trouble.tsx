import { Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Sentence } from '#contract';
import { useSentence } from '../i18n/index.ts';
import { useCommand } from '../parts/index.ts';

/** Why the worker cannot work, with the way to start it again; or why it exited while it is being started again. */
export function WorkerTrouble({ error, failed }: { error: Sentence; failed: boolean }) {
  const { t } = useTranslation();
  const sentence = useSentence();
  const restart = useCommand('backend.restart');
  if (!failed) return <div className="card warning">{t('backend.startsAgain', { reason: sentence(error) })}</div>;
  return (
    <section className="card" aria-label={t('backend.workerFailed')}>
      <div className="row">
        <strong className="error grow">{sentence(error)}</strong>
        <Button variant="default" size="xs" flex="none" loading={restart.busy} onClick={() => restart.run({})}>
          {t('backend.restart')}
        </Button>
      </div>
      {restart.error && <div className="error">{sentence(restart.error.sentence)}</div>}
    </section>
  );
}
