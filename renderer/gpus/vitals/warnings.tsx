import { IconAlertTriangle } from '@tabler/icons-react';
import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import type { GpuSample, Xid } from '#contract';
import { throttlingOf } from './throttling.ts';

const tones = { normal: '', warning: 'tight', critical: 'over' } as const;

interface Warning {
  key: string;
  tone: '' | 'tight' | 'over';
  name: string;
  about: string;
}

/** A tag for each throttle reason and for ECC errors. */
export function Warnings({ sample }: { sample: GpuSample }) {
  const { t } = useTranslation();
  const warnings = warningsOf(t, sample);
  if (warnings.length === 0) return null;
  return (
    <div className="warnings">
      {warnings.map(({ key, tone, name, about }) => (
        <span key={key} className={`tag ${tone}`} title={about}>
          {name}
        </span>
      ))}
    </div>
  );
}

/** The warnings of a row as one icon. */
export function WarningSign(props: { sample: GpuSample; xids: readonly Xid[] }) {
  const { sample, xids } = props;
  const calm = xids.length === 0 && !sample.eccUncorrected && throttlingOf(sample).length === 0;
  return calm ? null : <Sign {...props} />;
}

function Sign({ sample, xids }: { sample: GpuSample; xids: readonly Xid[] }) {
  const { t } = useTranslation();
  const names = warningsOf(t, sample).flatMap(({ tone, name }) => (tone === '' ? [] : [name]));
  const xid = xids[0];
  if (xid) names.push(t('telemetry.xid.code', { code: xid.code }));
  if (names.length === 0) return null;
  const text = names.join(', ');
  return (
    <span className="warning-sign" title={text} role="img" aria-label={text}>
      <IconAlertTriangle size={15} aria-hidden />
    </span>
  );
}

function warningsOf(t: TFunction, sample: GpuSample): Warning[] {
  const warnings = throttlingOf(sample).map(
    ({ reason, severity }): Warning => ({
      key: reason,
      tone: tones[severity],
      name: t(`telemetry.throttle.${reason}.name`),
      about: t(`telemetry.throttle.${reason}.about`),
    }),
  );
  const count = sample.eccUncorrected ?? 0;
  if (count > 0)
    warnings.push({
      key: 'ecc',
      tone: 'over',
      name: t('telemetry.ecc.name', { count }),
      about: t('telemetry.ecc.about'),
    });
  return warnings;
}
