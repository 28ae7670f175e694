import { TextInput } from '@mantine/core';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { FieldUnit } from './alert-fields.ts';

/** How to save a valid number, or the bounds that an invalid one violates. */
export type Parsed = { save(): void } | { min: number; max: number | null };

/** A number with its unit, saved on blur and on Enter. Its error is shown below it. */
export function NumberField(props: {
  /** The word before the number, such as "above". */
  label: string;
  /** The name of the rule that the number belongs to, for screen readers. */
  rule: string;
  unit: FieldUnit;
  disabled: boolean;
  saved: string;
  parse(text: string): Parsed;
}) {
  const { label, rule, unit, disabled, saved, parse } = props;
  const { t } = useTranslation();
  const [text, setText] = useState(saved);
  useEffect(() => setText(saved), [saved]);
  const parsed = parse(text);
  const bounds = text !== saved && 'min' in parsed ? parsed : null;
  const save = () => text !== saved && 'save' in parsed && parsed.save();
  return (
    <div className="number-field">
      <span className="dim small">{label}</span>
      <TextInput
        size="xs"
        w={64}
        inputMode="numeric"
        aria-label={`${rule}: ${label}`}
        disabled={disabled}
        value={text}
        error={bounds !== null}
        onChange={(event) => setText(event.currentTarget.value)}
        onBlur={save}
        onKeyDown={(event) => event.key === 'Enter' && save()}
      />
      <span className="dim small unit">{unit}</span>
      {bounds && (
        <span className="error small problem" role="alert">
          {bounds.max === null ? t('alerts.atLeast', bounds) : t('alerts.between', bounds)}
        </span>
      )}
    </div>
  );
}
