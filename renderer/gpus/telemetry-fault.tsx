import { IconMoon } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { useSentence } from '../i18n/index.ts';
import { Lines, Trouble } from '../parts/index.ts';
import { usePanelState } from '../store.ts';

/** In the cards' place: why there are no figures and the way out, then what nvidia-smi said, word for word. */
export function TelemetryFault() {
  const { t } = useTranslation();
  const sentence = useSentence();
  const { fault, path } = usePanelState((state) => state.telemetry);
  const kind = fault?.kind ?? 'unknown';
  return (
    <section className="card" aria-label={t('telemetry.failed')}>
      <Trouble
        title={t('telemetry.failed')}
        cause={t(`telemetry.fault.${kind}.cause`)}
        remedy={t(`telemetry.fault.${kind}.remedy`)}
      >
        {path && <code className="dim small">{path}</code>}
        {fault && fault.exitCode !== null && (
          <span className="dim small"> {t('telemetry.exitCode', { code: fault.exitCode })}</span>
        )}
        {fault && <Lines text={sentence(fault.sentence)} />}
        <p className="dim small">{t('telemetry.again')}</p>
      </Trouble>
    </section>
  );
}

/** No figures, and nothing is wrong: a GPU that sleeps, or nobody who asks. */
export function TelemetryRests({ state }: { state: 'asleep' | 'off' }) {
  const { t } = useTranslation();
  return (
    <section className="card" aria-label={t(`telemetry.${state}.title`)}>
      <Trouble
        calm
        icon={IconMoon}
        title={t(`telemetry.${state}.title`)}
        cause={t(`telemetry.${state}.cause`)}
        remedy={t(`telemetry.${state}.remedy`)}
      />
    </section>
  );
}
