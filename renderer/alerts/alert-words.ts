import type { TFunction } from 'i18next';
import type { Alert } from '#contract';

export interface AlertWords {
  /** What is the matter, with its figures. */
  what: string;
  /** What to do about it; empty where there is nothing. */
  advice: string;
}

/** Kinds with several endings: which of them, by what the alert tells. */
const variants: Partial<Record<Alert['kind'], string>> = {
  headroom: 'bound',
  gpu_missing: 'state',
  collection: 'trouble',
};

/** An alert in the language of the page. What this version has no words for is told as the core worded it, in English. */
export function alertWords(t: TFunction, alert: Alert): AlertWords {
  const { kind, values, message } = alert;
  const by = variants[kind];
  const variant = by === undefined ? '' : `.${values[by] ?? ''}`;
  // What an i18next key is not found by comes back empty, and not as the key.
  const word = (part: string) =>
    t([`alerts.told.${kind}${variant}.${part}`, `alerts.told.${kind}.${part}`], {
      ...shown(t, values),
      defaultValue: '',
    });
  const what = word('what');
  return what === '' ? { what: message, advice: '' } : { what, advice: word('advice') };
}

const GIB = 1024;

/** Figures with their units, names as they are. */
function shown(t: TFunction, values: Alert['values']): Record<string, string> {
  const entries = Object.entries(values).map(([name, value]): [string, string] => [name, figure(t, name, value)]);
  return { gpu: t('alerts.someGpu'), ...Object.fromEntries(entries) };
}

function figure(t: TFunction, name: string, value: string | number): string {
  if (name === 'gpu') return `GPU ${value}`;
  if (name === 'reasons') return brakes(t, String(value));
  if (typeof value === 'string') return value;
  if (name.endsWith('MiB')) return value < GIB ? `${value.toFixed(0)} MiB` : `${(value / GIB).toFixed(1)} GiB`;
  if (name.endsWith('Ms')) return `${(value / 1_000).toFixed(1)} s`;
  return name.toLowerCase().endsWith('percent') ? `${value} %` : String(value);
}

const brakes = (t: TFunction, reasons: string) =>
  reasons
    .split(', ')
    .map((reason) => t(`telemetry.brake.${reason}.name`, { defaultValue: reason }))
    .join(', ');
