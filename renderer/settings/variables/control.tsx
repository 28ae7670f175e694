import { NativeSelect, NumberInput, Switch } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { SettingName } from '#contract';
import { usePanelState } from '../../store.ts';
import { LimitControl } from '../limit-control.tsx';
import { torchDevices } from '../torch-devices.ts';
import { FoldersControl } from './folders-control.tsx';
import { kinds } from './groups.ts';
import { PathControl, TextControl } from './text-control.tsx';
import type { Variable } from './use-variable.ts';

/** The control of a variable's kind. */
export function Control({ variable }: { variable: Variable<SettingName> }) {
  const { t } = useTranslation();
  const kind = kinds[variable.name];
  switch (kind.kind) {
    case 'limit':
      return <LimitControl onSet={async (values) => variable.set(values.LBS_GPU_MEMORY_LIMIT ?? 0)} />;
    case 'flag':
      return <FlagControl variable={variable} />;
    case 'choice':
      return <ChoiceControl variable={variable} values={kind.values} unset={kind.unset === true} />;
    case 'device':
      return <DeviceControl variable={variable} />;
    case 'percent':
      return <PercentControl variable={variable} />;
    case 'number':
      return <TextControl variable={variable} w={96} unit={t(`variables.unit.${variable.name}`)} />;
    case 'path':
      return <PathControl variable={variable} {...(kind.file === undefined ? {} : { file: kind.file })} />;
    case 'folders':
      return <FoldersControl variable={variable as unknown as Variable<'LBS_MODEL_DIRS'>} />;
    case 'text':
      return <TextControl variable={variable} />;
  }
}

type OfVariable = { variable: Variable<SettingName> };

function FlagControl({ variable: { name, value, disabled, set } }: OfVariable) {
  const { t } = useTranslation();
  return (
    <Switch
      aria-label={name}
      label={t(value === true ? 'settings.yes' : 'settings.no')}
      checked={value === true}
      disabled={disabled}
      onChange={(event) => set(event.currentTarget.checked)}
    />
  );
}

function ChoiceControl(props: OfVariable & { values: readonly string[]; unset?: boolean }) {
  const { variable, values, unset } = props;
  const { name, value, disabled, set } = variable;
  const { t } = useTranslation();
  const option = (one: string) => ({
    value: one,
    label: t([`variables.choice.${name}.${one}`, 'variables.plain'], { value: one }),
  });
  return (
    <NativeSelect
      size="xs"
      aria-label={name}
      data={[...(unset ? [{ value: '', label: t('settings.dtypeUnset') }] : []), ...values.map(option)]}
      value={String(value ?? '')}
      disabled={disabled}
      onChange={(event) => set((event.currentTarget.value || null) as never)}
    />
  );
}

/** The devices that this machine has, and the one that is set. */
function DeviceControl({ variable }: OfVariable) {
  const found = usePanelState((state) => torchDevices(state).join(','));
  const values = [...new Set(['auto', 'cpu', ...found.split(',').filter(Boolean), String(variable.value)])];
  return <ChoiceControl variable={variable} values={values} />;
}

/** A share, shown and typed in percent. */
function PercentControl({ variable: { name, value, disabled, set } }: OfVariable) {
  const percent = Math.round(Number(value) * 1_000) / 10;
  return (
    <NumberInput
      key={percent}
      size="xs"
      w={96}
      aria-label={name}
      suffix=" %"
      min={1}
      max={100}
      step={5}
      decimalScale={1}
      clampBehavior="blur"
      disabled={disabled}
      defaultValue={percent}
      onBlur={(event) => {
        const typed = Number.parseFloat(event.currentTarget.value);
        const share = Math.min(100, Math.max(1, typed)) / 100;
        if (Number.isFinite(share) && share !== value) set(share);
      }}
      onKeyDown={(event) => event.key === 'Enter' && event.currentTarget.blur()}
    />
  );
}
