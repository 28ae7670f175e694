import { useTranslation } from 'react-i18next';
import { Lines } from '../parts/lines.tsx';
import { usePanelState } from '../store.ts';

/** In the cards' place: why there are no figures and the way out, then what nvidia-smi said, word for word. */
export function TelemetryFault() {
  const { t } = useTranslation();
  const { fault, path } = usePanelState((state) => state.telemetry);
  return (
    <section className="card" aria-label={t('gpu.failed')}>
      <strong className="error">{t('gpu.failed')}</strong>
      <p style={{ margin: '4px 0' }}>{t(`gpu.fault.${fault?.kind ?? 'unknown'}`)}</p>
      {path && <code className="dim small">{path}</code>}
      {fault && fault.exitCode !== null && (
        <span className="dim small"> {t('gpu.exitCode', { code: fault.exitCode })}</span>
      )}
      {fault?.said && <Lines text={fault.said} />}
    </section>
  );
}
