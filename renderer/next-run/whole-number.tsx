import { NumberInput } from '@mantine/core';

/** A whole number; empty where the run chooses, which `hint` says. */
export function WholeNumber(props: {
  label: string;
  hint: string;
  value: number | '';
  min?: number;
  max?: number;
  onValue(value: number | ''): void;
}) {
  const { label, hint, value, min = 1, max, onValue } = props;
  return (
    <NumberInput
      className="grow"
      size="xs"
      label={label}
      placeholder={hint}
      min={min}
      {...(max === undefined ? {} : { max })}
      allowDecimal={false}
      value={value}
      onChange={(next) => onValue(typeof next === 'number' && next >= 1 ? next : '')}
    />
  );
}
