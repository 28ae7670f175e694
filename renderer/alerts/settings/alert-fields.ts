import { type AlertKind, type AlertSettings, alertSettingsSchema } from '#contract';

export type FieldUnit = 'MiB' | '%' | 'min' | 's' | '°C';

export interface AlertField {
  name: string;
  unit: FieldUnit;
}

/** The numbers of each rule in the order in which its sentence has them. */
export const alertFields: Record<AlertKind, AlertField[]> = {
  headroom: [{ name: 'belowMiB', unit: 'MiB' }],
  limit: [{ name: 'over', unit: '%' }],
  card: [{ name: 'over', unit: '%' }],
  leak: [
    { name: 'growsMiB', unit: 'MiB' },
    { name: 'minutes', unit: 'min' },
  ],
  taken: [{ name: 'overMiB', unit: 'MiB' }],
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

/** Shares are shown, and written, in whole per cents. */
const scale = ({ unit }: AlertField) => (unit === '%' ? 100 : 1);

/** The rule's number as a person reads it. */
export function fieldText(rule: AlertSettings[AlertKind], field: AlertField): string {
  const value = (rule as Record<string, unknown>)[field.name];
  return String(Math.round(Number(value) * scale(field)));
}

/** What a person wrote, as the rule keeps it; or between which numbers it must lie. */
export function readField<K extends AlertKind>(
  kind: K,
  rule: AlertSettings[K],
  field: AlertField,
  text: string,
): { rule: AlertSettings[K] } | { min: number; max: number | null } {
  const value = Number(text);
  const whole = text.trim() !== '' && Number.isInteger(value);
  const made = { ...rule, [field.name]: value / scale(field) };
  const { success } = alertSettingsSchema.shape[kind].safeParse(made);
  return whole && success ? { rule: made } : boundsOf(kind, field);
}

/** The contract's own bounds, so that there is one place for them. */
function boundsOf(kind: AlertKind, field: AlertField): { min: number; max: number | null } {
  const schema = alertSettingsSchema.shape[kind].unwrap().shape as Record<string, { unwrap(): Bounded }>;
  const { minValue = 0, maxValue } = schema[field.name]?.unwrap() ?? {};
  const max = maxValue == null || !Number.isSafeInteger(maxValue * scale(field)) ? null : maxValue * scale(field);
  // A share is more than nothing, and shown in whole per cents.
  return { min: Math.max((minValue ?? 0) * scale(field), field.unit === '%' ? 1 : 0), max };
}

interface Bounded {
  minValue?: number | null;
  maxValue?: number | null;
}
