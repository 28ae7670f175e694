import { useTranslation } from 'react-i18next';
import { Card } from '../parts/index.ts';
import { usePanelState } from '../store.ts';
import './preferences.css';

/** How often the GPUs are sampled now, and what that costs. */
export function Polling() {
  const { t } = useTranslation();
  const { askedMs, reachedMs, costPercent, restarts } = usePanelState((state) => state.telemetry.collection);
  const every = (ms: number | null) =>
    ms === null ? t('preferences.polling.none') : t('preferences.polling.every', { time: intervalText(ms) });
  return (
    <Card title={t('sections.name.polling')}>
      <p className="dim small">{t('preferences.polling.about')}</p>
      <dl className="facts-list">
        <dt>{t('preferences.polling.asked')}</dt>
        <dd>{every(askedMs)}</dd>
        <dt>{t('preferences.polling.reached')}</dt>
        <dd>{every(reachedMs)}</dd>
        <dt>{t('preferences.polling.cost')}</dt>
        <dd>
          {costPercent === null
            ? t('preferences.polling.none')
            : t('preferences.polling.percent', { value: costPercent.toFixed(1) })}
        </dd>
        <dt>{t('preferences.polling.restarts')}</dt>
        <dd>{restarts}</dd>
      </dl>
    </Card>
  );
}

const intervalText = (ms: number) => (ms < 1_000 ? `${Math.round(ms)} ms` : `${Number((ms / 1_000).toFixed(1))} s`);
