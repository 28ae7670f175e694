import { Button, NativeSelect, Switch } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { dtypes, type PresetName, presets, type Settings } from '#contract';
import { BackendChoice } from '../backend/index.ts';
import { useSentence } from '../i18n/index.ts';
import { Card, useCommand } from '../parts/index.ts';
import { paths } from '../routes/index.ts';
import { usePanelState } from '../store.ts';
import { CopyAsShell } from './copy-as-shell.tsx';
import { LimitControl } from './limit-control.tsx';
import { PendingBox } from './pending-box.tsx';
import { useSetting } from './use-setting.ts';

const DEVICES = ['auto', 'cpu', 'cuda:0', 'cuda:1', 'cuda:2', 'cuda:3', 'cuda:4', 'cuda:5', 'cuda:6', 'cuda:7'];

export function Limits() {
  const { t } = useTranslation();
  const sentence = useSentence();
  const { desired } = usePanelState((state) => state.settings);
  const { allocatorNote } = usePanelState((state) => state.backend);
  const change = useCommand('settings.change');
  const set = (values: Partial<Settings>) => change.run({ values });
  return (
    <Card title={t('settings.title')} actions={<CopyAsShell />}>
      <div className="stack" style={{ marginTop: 8 }}>
        <BackendChoice />
        <LimitControl onSet={set} />
        <div className="row">
          <Choice
            name="LBS_TORCH_DTYPE"
            label={t('settings.dtype')}
            values={dtypes}
            unset={t('settings.dtypeUnset')}
            onSet={set}
          />
          <Choice name="LBS_LOCAL_DEVICE_MAP" label={t('settings.deviceMap')} values={DEVICES} onSet={set} />
        </div>
        {desired.LBS_TORCH_DTYPE === null && <div className="dim small">{t('settings.dtypeHint')}</div>}
        <Toggle name="LBS_USE_MODEL_CACHE" label={t('settings.cache')} onSet={set} />
        <Toggle
          name="LBS_ENABLE_MEMORY_MANAGEMENT"
          label={t('settings.management')}
          hint={t('settings.managementHint')}
          onSet={set}
        />
        {allocatorNote && <div className="warning small">{sentence(allocatorNote)}</div>}
        <div className="row">
          <NativeSelect
            className="grow"
            size="xs"
            aria-label={t('settings.presets')}
            value=""
            onChange={(event) => set(presets[event.currentTarget.value as PresetName])}
            data={[
              { value: '', label: t('settings.choosePreset'), disabled: true },
              ...Object.keys(presets).map((name) => ({ value: name, label: t(`settings.preset.${name}`) })),
            ]}
          />
          <Button component={Link} href={paths.settings('variables')} variant="default" size="xs" flex="none">
            {t('settings.advanced')}
          </Button>
        </div>
        {change.error && <div className="error">{sentence(change.error.sentence)}</div>}
      </div>
      <PendingBox />
    </Card>
  );
}

type OnSet = (values: Partial<Settings>) => Promise<unknown>;

function Choice<N extends 'LBS_TORCH_DTYPE' | 'LBS_LOCAL_DEVICE_MAP'>(props: {
  name: N;
  label: string;
  values: readonly string[];
  /** The label of leaving it unset, where that is possible. */
  unset?: string;
  onSet: OnSet;
}) {
  const { name, label, values, unset, onSet } = props;
  const { value, override } = useSetting(name);
  const known = value === null || values.includes(value) ? values : [...values, value];
  return (
    <NativeSelect
      className="grow"
      size="xs"
      label={label}
      data={[...(unset === undefined ? [] : [{ value: '', label: unset }]), ...known]}
      value={value ?? ''}
      disabled={override !== null}
      description={override}
      onChange={(event) => onSet({ [name]: event.currentTarget.value || null })}
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
