import { TextInput } from '@mantine/core';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { FieldUnit } from './alert-fields.ts';

export type Read = { save(): void } | { min: number; max: number | null };

/** A number with its unit, saved when it is left or Enter is pressed; what is wrong with it stands below it. */
export function NumberField(props: {
  /** The word before the number, such as "over". */
  label: string;
  /** What it belongs to: a reader of the screen hears both. */
  of: string;
  unit: FieldUnit;
  disabled: boolean;
  saved: string;
  read(text: string): Read;
}) {
  const { label, of, unit, disabled, saved, read } = props;
  const { t } = useTranslation();
  const [text, setText] = useState(saved);
  useEffect(() => setText(saved), [saved]);
  const found = read(text);
  const bad = text !== saved && 'min' in found ? found : null;
  const save = () => text !== saved && 'save' in found && found.save();
  return (
    <div className="number-field">
      <span className="dim small">{label}</span>
      <TextInput
        size="xs"
        w={64}
        inputMode="numeric"
        aria-label={`${of}: ${label}`}
        disabled={disabled}
        value={text}
        error={bad !== null}
        onChange={(event) => setText(event.currentTarget.value)}
        onBlur={save}
        onKeyDown={(event) => event.key === 'Enter' && save()}
      />
      <span className="dim small unit">{unit}</span>
      {bad && (
        <span className="error small problem" role="alert">
          {bad.max === null ? t('alerts.from', { min: bad.min }) : t('alerts.between', { min: bad.min, max: bad.max })}
        </span>
      )}
    </div>
  );
}
