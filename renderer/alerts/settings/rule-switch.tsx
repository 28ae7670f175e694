import { Switch } from '@mantine/core';

export function RuleSwitch(props: { on: boolean; label: string; about: string; onChange(on: boolean): void }) {
  const { on, label, about, onChange } = props;
  return (
    <Switch
      className="grow"
      size="xs"
      label={label}
      description={about}
      checked={on}
      onChange={(event) => onChange(event.currentTarget.checked)}
    />
  );
}
