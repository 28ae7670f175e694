import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import type { GpuSample } from '#contract';
import { type Vital, vitalsOf } from './vital-signs.ts';
import './vitals.css';

/** Utilization, temperature, power and clocks in one line; the tooltip names each and says why it is missing. */
export function Vitals({ sample, mig }: { sample: GpuSample; mig: boolean }) {
  const { t } = useTranslation();
  return (
    <ul className="vitals">
      {vitalsOf(sample, mig).map((vital) => (
        <li key={vital.name} title={titleOf(vital, t)}>
          <span className="visually-hidden">{t(`telemetry.vital.${vital.name}`)} </span>
          <VitalText vital={vital} />
        </li>
      ))}
    </ul>
  );
}

/** The name of a vital sign, and why it is missing. */
export function titleOf({ name, missing }: Vital, t: TFunction): string {
  const label = t(`telemetry.vital.${name}`);
  return missing ? `${label}: ${t(`telemetry.missing.${missing}`)}` : label;
}

/** The value, and why it is missing for screen readers. */
export function VitalText({ vital: { text, missing } }: { vital: Vital }) {
  if (!missing) return text;
  return (
    <>
      {text}
      <Missing reason={missing} />
    </>
  );
}

function Missing({ reason }: { reason: NonNullable<Vital['missing']> }) {
  const { t } = useTranslation();
  return <span className="visually-hidden"> {t(`telemetry.missing.${reason}`)}</span>;
}
