import { NativeSelect, NumberInput, Slider, Switch } from '@mantine/core';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import {
  dtypes,
  type PresetName,
  presets,
  problemOf,
  type SettingName,
  type Settings,
  settingSchemas,
} from '#contract';
import { BackendChoice } from '../backend/index.ts';
import { useSentence } from '../i18n/index.ts';
import { Card, useCommand } from '../parts/index.ts';
import { usePanelState } from '../store.ts';
import { Advanced } from './advanced.tsx';
import { CopyAsShell } from './copy-as-shell.tsx';
import { overrideValue } from './effective-settings.ts';
import { PendingBox } from './pending-box.tsx';

const DEVICES = ['auto', 'cpu', 'cuda:0', 'cuda:1', 'cuda:2', 'cuda:3', 'cuda:4', 'cuda:5', 'cuda:6', 'cuda:7'];

export function Limits() {
  const { t } = useTranslation();
  const sentence = useSentence();
  const { desired } = usePanelState((state) => state.settings);
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
          <Advanced desired={desired} onSet={set} />
        </div>
        {change.error && <div className="error">{sentence(change.error.sentence)}</div>}
      </div>
      <PendingBox />
    </Card>
  );
}

type OnSet = (values: Partial<Settings>) => Promise<unknown>;

/** A variable of the panel's own environment overrides the setting: the control is then disabled and shows its value. */
function useSetting<N extends SettingName>(name: N): { value: Settings[N]; override: string | null } {
  const { t } = useTranslation();
  const chosen = usePanelState((state) => state.settings.desired[name]);
  const text = usePanelState((state) => state.settings.overrides[name]);
  if (text === undefined) return { value: chosen, override: null };
  return { value: overrideValue(name, text) ?? chosen, override: t('settings.overridden', { value: text }) };
}

/** The slider follows the pointer at once: until every save is done, the echo of an older one does not move it back. */
function LimitControl({ onSet }: { onSet: OnSet }) {
  const { t } = useTranslation();
  const sentence = useSentence();
  const { value: saved, override } = useSetting('LBS_GPU_MEMORY_LIMIT');
  const [draft, setDraft] = useState<number | null>(null);
  const saving = useRef(0);
  const value = draft ?? saved;
  const [issue] = settingSchemas.LBS_GPU_MEMORY_LIMIT.safeParse(value).error?.issues ?? [];
  const problem = sentence(issue ? problemOf(issue) : null);
  const save = (next: number) => {
    if (!settingSchemas.LBS_GPU_MEMORY_LIMIT.safeParse(next).success) return;
    setDraft(next);
    saving.current += 1;
    void onSet({ LBS_GPU_MEMORY_LIMIT: next }).finally(() => {
      saving.current -= 1;
      if (saving.current === 0) setDraft(null);
    });
  };
  return (
    <div>
      <div className="row">
        <span className="grow">{t('settings.limit')}</span>
        <NumberInput
          size="xs"
          w={84}
          aria-label={t('settings.limitNumber')}
          disabled={override !== null}
          decimalScale={4}
          step={0.05}
          hideControls
          value={value}
          onChange={(next) => typeof next === 'number' && setDraft(next)}
          onBlur={() => draft !== null && save(draft)}
          onKeyDown={(event) => event.key === 'Enter' && save(value)}
        />
      </div>
      <Slider
        mt={8}
        mb={20}
        min={0}
        max={1}
        step={0.01}
        label={null}
        thumbLabel={t('settings.limit')}
        disabled={override !== null}
        value={Math.min(1, Math.max(0, value))}
        onChange={setDraft}
        onChangeEnd={save}
        marks={[
          { value: 0, label: t('settings.off') },
          { value: 0.5, label: '50' },
          { value: 0.6, label: '60' },
          { value: 0.7, label: '70' },
          { value: 0.8, label: '80' },
          { value: 1, label: '100' },
        ]}
      />
      {(problem ?? override) && <div className={problem ? 'error small' : 'dim small'}>{problem ?? override}</div>}
    </div>
  );
}

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
