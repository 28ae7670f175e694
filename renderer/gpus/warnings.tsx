import { IconAlertTriangle } from '@tabler/icons-react';
import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import type { GpuSample, Xid } from '#contract';
import { brakesOf } from './gpu-warnings.ts';

const tones = { usual: '', soft: 'tight', hard: 'over' } as const;

interface Warning {
  key: string;
  tone: '' | 'tight' | 'over';
  words: string;
  about: string;
}

/** Slowed now, or memory errors: a tag each. Nothing where all is well. */
export function Warnings({ sample }: { sample: GpuSample }) {
  const { t } = useTranslation();
  const all = warningsOf(t, sample);
  if (all.length === 0) return null;
  return (
    <div className="warnings">
      {all.map(({ key, tone, words, about }) => (
        <span key={key} className={`tag ${tone}`} title={about}>
          {words}
        </span>
      ))}
    </div>
  );
}

/** The same in the line of one GPU among many: one sign that says it all. Its place is kept, so that the bars end alike. */
export function WarningSign({ sample, xids }: { sample: GpuSample; xids: readonly Xid[] }) {
  const { t } = useTranslation();
  const all = [
    ...warningsOf(t, sample).flatMap(({ tone, words }) => (tone === '' ? [] : [words])),
    ...xids.slice(0, 1).map(({ code }) => t('telemetry.xid.code', { code })),
  ];
  if (all.length === 0) return <span className="warning-sign" />;
  const words = all.join(', ');
  return (
    <span className="warning-sign" title={words} role="img" aria-label={words}>
      <IconAlertTriangle size={15} aria-hidden />
    </span>
  );
}

function warningsOf(t: TFunction, sample: GpuSample): Warning[] {
  const brakes = brakesOf(sample).map(({ reason, level }): Warning => {
    return {
      key: reason,
      tone: tones[level],
      words: t(`telemetry.brake.${reason}.name`),
      about: t(`telemetry.brake.${reason}.about`),
    };
  });
  const count = sample.eccUncorrected ?? 0;
  if (count === 0) return brakes;
  const ecc: Warning = {
    key: 'ecc',
    tone: 'over',
    words: t('telemetry.ecc.name', { count }),
    about: t('telemetry.ecc.about'),
  };
  return [...brakes, ecc];
}
