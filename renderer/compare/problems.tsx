import { Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Comparison, PanelError } from '#contract';
import { useSentence } from '../i18n/index.ts';
import { Card } from '../parts/index.ts';
import { usePanelState } from '../store.ts';

/** Why nothing is compared, or why what is shown may be old. */
export function Problem({ error, stale, onRetry }: { error: PanelError; stale: boolean; onRetry(): void }) {
  const { t } = useTranslation();
  const sentence = useSentence();
  const phase = usePanelState((state) => state.backend.phase);
  if (phase === 'starting')
    return (
      <div className="card dim" role="status">
        {t('compare.starting')}
      </div>
    );
  const stopped = phase === 'stopped' || phase === 'failed';
  const text = stopped ? t(stale ? 'compare.staleStopped' : 'compare.stopped') : sentence(error.sentence);
  return (
    <Card title={t(stale ? 'compare.old' : 'compare.cannot')}>
      <p role="alert">{text}</p>
      {!stopped && (
        <Button variant="default" size="xs" onClick={onRetry}>
          {t('backend.tryAgain')}
        </Button>
      )}
    </Card>
  );
}

/** Ids of the address that have no run: a link is older than the run's purge, or was mistyped. */
export function Missing({ missing, onRemove }: Pick<Comparison, 'missing'> & { onRemove(): void }) {
  const { t } = useTranslation();
  if (missing.length === 0) return null;
  return (
    <div className="card row" role="alert">
      <span className="grow compare-value">
        {t('compare.missing', { count: missing.length, runs: missing.join(', ') })}
      </span>
      <Button variant="default" size="xs" onClick={onRemove}>
        {t('compare.remove')}
      </Button>
    </div>
  );
}
