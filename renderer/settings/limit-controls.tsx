import { NativeSelect, Switch } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { dtypes, type Settings } from '#contract';
import { BackendChoice } from '../backend/index.ts';
import { useSentence } from '../i18n/index.ts';
import { usePanelState } from '../store.ts';
import { DeviceMap } from './device-map.tsx';
import { LimitControl } from './limit-control.tsx';
import { Tools } from './shell/tools.tsx';
import { useSetting } from './use-setting.ts';

type OnSet = (values: Partial<Settings>) => Promise<unknown>;

/** The controls of the main limits. */
export function LimitControls({ onSet }: { onSet: OnSet }) {
  const { t } = useTranslation();
  const sentence = useSentence();
  const allocatorNote = usePanelState((state) => state.backend.allocatorNote);
  return (
    <>
      <BackendChoice />
      <LimitControl onSet={onSet} />
      <div className="row top">
        <DataType onSet={onSet} />
        <DeviceMap onSet={onSet} />
      </div>
      <Toggle name="LBS_USE_MODEL_CACHE" label={t('settings.cache')} onSet={onSet} />
      <Toggle
        name="LBS_ENABLE_MEMORY_MANAGEMENT"
        label={t('settings.management')}
        hint={t('settings.managementHint')}
        onSet={onSet}
      />
      {allocatorNote && <div className="warning small">{sentence(allocatorNote)}</div>}
      <Tools onSet={onSet} />
    </>
  );
}

function DataType({ onSet }: { onSet: OnSet }) {
  const { t } = useTranslation();
  const { value, override } = useSetting('LBS_TORCH_DTYPE');
  return (
    <NativeSelect
      className="grow"
      size="xs"
      label={t('settings.dtype')}
      title={value === null ? t('settings.dtypeHint') : undefined}
      data={[{ value: '', label: t('settings.dtypeUnset') }, ...dtypes]}
      value={value ?? ''}
      disabled={override !== null}
      description={override}
      onChange={(event) => onSet({ LBS_TORCH_DTYPE: (event.currentTarget.value || null) as null })}
    />
  );
}

function Toggle(props: {
  name: 'LBS_USE_MODEL_CACHE' | 'LBS_ENABLE_MEMORY_MANAGEMENT';
  label: string;
  hint?: string;
  onSet: OnSet;
}) {
  const { name, label, hint, onSet } = props;
  const { value, override } = useSetting(name);
  return (
    <Switch
      labelPosition="left"
      label={label}
      description={override ?? hint}
      checked={value}
      disabled={override !== null}
      styles={{ body: { justifyContent: 'space-between' } }}
      onChange={(event) => onSet({ [name]: event.currentTarget.checked })}
    />
  );
}
