import { IconMoon } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { useSentence } from '../../i18n/index.ts';
import { OutputLines, Trouble } from '../../parts/index.ts';
import { usePanelState } from '../../store.ts';

/** Replaces the cards while nvidia-smi fails: the cause, the remedy and its verbatim output. */
export function TelemetryFault() {
  const { t } = useTranslation();
  const sentence = useSentence();
  const { fault, path } = usePanelState((state) => state.telemetry);
  const kind = fault?.kind ?? 'unknown';
  const absent = kind === 'missing' || kind === 'no_utilities';
  // A slow one may still answer.
  const title = t(absent ? 'telemetry.absent' : kind === 'slow' ? 'telemetry.slow' : 'telemetry.failed');
  // Headroom's own sentence, which has the way out for this system.
  const explained = fault?.kind === 'no_utilities' ? sentence(fault.sentence) : null;
  return (
    <section className="card" aria-label={t('telemetry.failed')}>
      <Trouble
        title={title}
        cause={explained ?? t(`telemetry.fault.${kind}.cause`)}
        remedy={t(`telemetry.fault.${kind}.remedy`)}
      >
        {path && <code className="dim small">{path}</code>}
        {fault && fault.exitCode !== null && (
          <span className="dim small"> {t('telemetry.exitCode', { code: fault.exitCode })}</span>
        )}
        {fault && explained === null && <OutputLines text={sentence(fault.sentence)} />}
        <p className="dim small">{t('telemetry.again')}</p>
      </Trouble>
    </section>
  );
}

/** Replaces the cards while polling is paused: the GPU sleeps, or no page needs samples. */
export function TelemetryPaused({ state }: { state: 'asleep' | 'off' }) {
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
