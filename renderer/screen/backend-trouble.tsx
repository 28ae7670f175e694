import { useTranslation } from 'react-i18next';
import { usePanelState } from '../store.ts';

/** Why the backend is not running, with what it said last. */
export function BackendTrouble() {
  const { t } = useTranslation();
  const { phase, reason, limitNote, worker } = usePanelState((state) => state.backend);
  if (phase === 'ready' && worker === 'failed') return <div className="card error">{limitNote}</div>;
  if (!reason || (phase !== 'failed' && phase !== 'backoff')) return null;
  return (
    <section className="card" aria-label={t(`backend.${phase}`)}>
      <strong className="error">{reason.message}</strong>
      {reason.lines.length > 0 && (
        <details>
          <summary className="dim">{t('backend.lastLines')}</summary>
          <pre className="lines">{reason.lines.join('\n')}</pre>
        </details>
      )}
    </section>
  );
}
