import { type AlertKind, type AlertSettings, alertSettingsSchema } from '#contract';

export type FieldUnit = 'MiB' | '%' | 'min' | 's' | '°C';

interface AlertField {
  name: string;
  unit: FieldUnit;
}

/** The numbers of each rule, in the order in which the form shows them. */
export const alertFields: Record<AlertKind, AlertField[]> = {
  headroom: [{ name: 'belowMiB', unit: 'MiB' }],
  limit: [{ name: 'over', unit: '%' }],
  card: [{ name: 'over', unit: '%' }],
  leak: [
    { name: 'growsMiB', unit: 'MiB' },
    { name: 'minutes', unit: 'min' },
  ],
  taken: [{ name: 'overMiB', unit: 'MiB' }],
  grown: [{ name: 'growsMiB', unit: 'MiB' }],
  hot: [
    { name: 'overCelsius', unit: '°C' },
    { name: 'minutes', unit: 'min' },
  ],
  brake: [{ name: 'minutes', unit: 'min' }],
  collection: [{ name: 'seconds', unit: 's' }],
  gpu_missing: [],
  xid: [],
  ecc: [],
};

/** A share is shown and entered in whole per cents. */
const scale = ({ unit }: AlertField) => (unit === '%' ? 100 : 1);

/** The text that the form shows for a number of a rule. */
export function fieldText(rule: AlertSettings[AlertKind], field: AlertField): string {
  const value = (rule as Record<string, unknown>)[field.name];
  return String(Math.round(Number(value) * scale(field)));
}

/** The rule with the number that the text stands for; the allowed bounds where the text is invalid. */
export function parseField<K extends AlertKind>(
  kind: K,
  rule: AlertSettings[K],
  field: AlertField,
  text: string,
): { rule: AlertSettings[K] } | { min: number; max: number | null } {
  const value = Number(text);
  const isWhole = text.trim() !== '' && Number.isInteger(value);
  const changed = { ...rule, [field.name]: value / scale(field) };
  const { success } = alertSettingsSchema.shape[kind].safeParse(changed);
  return isWhole && success ? { rule: changed } : boundsOf(kind, field);
}

/** The bounds come from the contract, the one place that declares them. */
function boundsOf(kind: AlertKind, field: AlertField): { min: number; max: number | null } {
  const schema = alertSettingsSchema.shape[kind].unwrap().shape as Record<string, { unwrap(): Bounded }>;
  const { minValue = 0, maxValue } = schema[field.name]?.unwrap() ?? {};
  const max = maxValue == null || !Number.isSafeInteger(maxValue * scale(field)) ? null : maxValue * scale(field);
  // A share must be above 0 and is shown in whole per cents, so 1 is the least.
  return { min: Math.max((minValue ?? 0) * scale(field), field.unit === '%' ? 1 : 0), max };
}

interface Bounded {
  minValue?: number | null;
  maxValue?: number | null;
}
