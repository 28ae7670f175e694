import i18next, { type TFunction } from 'i18next';
import type { Alert, Sentence } from '#contract';
import { wordSentence } from '../i18n/index.ts';
import { duration } from '../parts/index.ts';

export interface AlertWords {
  what: string;
  /** What to do about it; empty where this version has no words for it. */
  advice: string;
}

/** The kinds that have several wordings, and the value that selects one. */
const variants: Partial<Record<Alert['kind'], string>> = {
  headroom: 'bound',
  gpu_missing: 'state',
  collection: 'trouble',
  taken: 'when',
  grown: 'when',
  ecc: 'when',
};

/** Words an alert in the language of the page; the core's sentence where this version has no words for it. */
export function alertWords(t: TFunction, alert: Alert): AlertWords {
  const { kind, values, sentence } = alert;
  const selector = variants[kind];
  const variant = selector === undefined ? '' : `.${values[selector] ?? ''}`;
  const texts = valueTexts(t, values);
  const translate = (part: string) =>
    t([`alerts.message.${kind}${variant}.${part}`, `alerts.message.${kind}.${part}`], { ...texts, defaultValue: '' });
  const what = translate('what');
  return what === ''
    ? { what: wordSentence(sentence, i18next.language), advice: '' }
    : { what, advice: translate('advice') };
}

const GIB = 1024;

/** The values as texts: numbers with their units, names as they are. */
function valueTexts(t: TFunction, values: Alert['values']): Record<string, string> {
  const entries = Object.entries(values).map(([name, value]): [string, string] => [name, valueText(t, name, value)]);
  return { gpu: t('alerts.someGpu'), ...Object.fromEntries(entries) };
}

function valueText(t: TFunction, name: string, value: string | number | Sentence): string {
  if (typeof value === 'object') return wordSentence(value, i18next.language);
  if (name === 'gpu') return `GPU ${value}`;
  if (name === 'reasons') return throttleReasons(t, String(value));
  if (typeof value === 'string') return value;
  if (name.endsWith('MiB')) return value < GIB ? `${value.toFixed(0)} MiB` : `${(value / GIB).toFixed(1)} GiB`;
  if (name === 'spanMinutes') return duration(value * 60_000);
  if (name.endsWith('Ms')) return `${(value / 1_000).toFixed(1)} s`;
  return name.toLowerCase().endsWith('percent') ? `${value} %` : String(value);
}

const throttleReasons = (t: TFunction, reasons: string) =>
  reasons
    .split(', ')
    .map((reason) => t(`telemetry.throttle.${reason}.name`, { defaultValue: reason }))
    .join(', ');
