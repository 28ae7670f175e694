import { ActionIcon, TextInput, Tooltip } from '@mantine/core';
import { IconRestore, IconSearch } from '@tabler/icons-react';
import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { defaultSettings, type SettingName } from '#contract';
import { useSentence } from '../../i18n/index.ts';
import { Card } from '../../parts/index.ts';
import { usePanelState } from '../../store.ts';
import { ApplyRow } from '../apply-row.tsx';
import { CopyAsShell } from '../shell/copy-as-shell.tsx';
import { valueText } from '../value-text.ts';
import { Control } from './control.tsx';
import { search } from './groups.ts';
import { type Standing, useVariable } from './use-variable.ts';
import './variables.css';

/** Every LBS_* variable by group, with a search; what a change means for the backend stays in sight below. */
export function Variables() {
  const { t } = useTranslation();
  const [words, setWords] = useState('');
  const phase = usePanelState((state) => state.backend.phase);
  const isPending = usePanelState((state) => state.settings.pending.length > 0);
  const found = search(words, (name) => t(`settings.about.${name}`));
  return (
    <Card title={t('variables.title')} actions={<CopyAsShell />}>
      <TextInput
        size="xs"
        type="search"
        mt={8}
        aria-label={t('variables.search')}
        placeholder={t('variables.search')}
        leftSection={<IconSearch size={14} />}
        value={words}
        onChange={(event) => setWords(event.currentTarget.value)}
      />
      {found.length === 0 && <p className="dim">{t('variables.nothing', { words: words.trim() })}</p>}
      {found.map(({ name, variables }) => (
        <section key={name} className="variable-group" aria-label={t(`variables.group.${name}`)}>
          <h3>{t(`variables.group.${name}`)}</h3>
          {variables.map((variable) => (
            <VariableRow key={variable} name={variable} />
          ))}
        </section>
      ))}
      {(phase !== 'ready' || isPending) && (
        <div className="variables-apply">
          <ApplyRow opened />
        </div>
      )}
    </Card>
  );
}

function VariableRow({ name }: { name: SettingName }) {
  const { t } = useTranslation();
  const id = useId();
  const variable = useVariable(name);
  const { standing, disabled, isDefault, error, set } = variable;
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset cannot be laid out as a grid
    <div className="variable" role="group" aria-labelledby={id}>
      <div className="about">
        <div className="row wrap">
          <strong id={id}>{name}</strong>
          <StandingTag name={name} standing={standing} />
        </div>
        <div className="dim small">{t(`settings.about.${name}`)}</div>
        {name === 'LBS_WARM_WORKERS' && <WarmNow />}
        <div className="row dim small">
          {t('settings.default', { value: valueText(name, defaultSettings[name], t) })}
          {!isDefault && !disabled && (
            <Tooltip label={t('variables.reset', { name })}>
              <ActionIcon
                variant="subtle"
                color="gray"
                size="xs"
                aria-label={t('variables.reset', { name })}
                onClick={() => set(defaultSettings[name])}
              >
                <IconRestore size={13} />
              </ActionIcon>
            </Tooltip>
          )}
        </div>
      </div>
      <div className="value">
        <Control variable={variable} />
        {error && <div className="error small">{error}</div>}
      </div>
    </div>
  );
}

const colors: Record<Standing, string> = { environment: '', pending: 'tight', inForce: 'fits', next: '' };

function StandingTag({ name, standing }: { name: SettingName; standing: Standing }) {
  const { t } = useTranslation();
  const running = usePanelState((state) => state.settings.running?.[name]);
  const desired = usePanelState((state) => state.settings.desired[name]);
  const override = usePanelState((state) => state.settings.overrides[name]);
  const values = { now: valueText(name, running, t), next: valueText(name, desired, t), value: override ?? '' };
  return <span className={`tag ${colors[standing]}`}>{t(`variables.standing.${standing}`, values)}</span>;
}

/** What is kept warm at this moment, which the setting alone does not say. */
function WarmNow() {
  const { t } = useTranslation();
  const sentence = useSentence();
  const warm = usePanelState((state) => state.warm);
  const text = [t(`settings.warm.${warm.state}`, { mib: warm.rssMiB ?? 0 }), sentence(warm.sentence) ?? ''];
  return <div className="dim small">{text.join(' ').trim()}</div>;
}
