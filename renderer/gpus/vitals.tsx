import { useTranslation } from 'react-i18next';
import type { GpuSample } from '#contract';
import { type Vital, vitalsOf } from './vital-signs.ts';

/** Of one GPU among many only these have room. */
const first: Vital['name'][] = ['utilizationGpu', 'temperature'];

/** Utilisation, heat, power and clocks in one line; what each is, and why it is not there, is its tooltip. */
export function Vitals({ sample, mig, compact }: { sample: GpuSample; mig: boolean; compact: boolean }) {
  const { t } = useTranslation();
  const shown = vitalsOf(sample, mig).filter(({ name }) => !compact || first.includes(name));
  return (
    <ul className="vitals">
      {shown.map(({ name, text, missing }) => {
        const what = t(`telemetry.vital.${name}`);
        return (
          <li key={name} title={missing ? `${what}: ${t(`telemetry.missing.${missing}`)}` : what}>
            <span className="visually-hidden">{what} </span>
            {text}
            {missing && <span className="visually-hidden"> {t(`telemetry.missing.${missing}`)}</span>}
          </li>
        );
      })}
    </ul>
  );
}
