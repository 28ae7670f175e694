import { useTranslation } from 'react-i18next';
import type { GpuSample } from '#contract';
import { type Vital, vitalsOf } from './vital-signs.ts';
import './vitals.css';

/** A compact card has room for these only. */
const compactVitals: Vital['name'][] = ['utilizationGpu', 'temperature'];

/** Utilization, temperature, power and clocks in one line; the tooltip names each and says why it is missing. */
export function Vitals({ sample, mig, compact }: { sample: GpuSample; mig: boolean; compact: boolean }) {
  const { t } = useTranslation();
  const vitals = vitalsOf(sample, mig).filter(({ name }) => !compact || compactVitals.includes(name));
  return (
    <ul className="vitals">
      {vitals.map(({ name, text, missing }) => {
        const label = t(`telemetry.vital.${name}`);
        return (
          <li key={name} title={missing ? `${label}: ${t(`telemetry.missing.${missing}`)}` : label}>
            <span className="visually-hidden">{label} </span>
            {text}
            {missing && <span className="visually-hidden"> {t(`telemetry.missing.${missing}`)}</span>}
          </li>
        );
      })}
    </ul>
  );
}
