import { Button, TextInput } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import {
  defaultSettings,
  problemOf,
  type Sentence,
  type SettingName,
  type Settings,
  settingNames,
  settingSchemas,
  settingToText,
} from '#contract';
import { useSentence } from '../i18n/index.ts';
import { Dialog } from '../parts/index.ts';
import { usePanelState } from '../store.ts';
import { textToValue } from './effective-settings.ts';

type OnSet = (values: Partial<Settings>) => Promise<unknown>;

/** Every setting with its description and its default. */
export function Advanced({ desired, onSet }: { desired: Settings; onSet: OnSet }) {
  const { t } = useTranslation();
  const [opened, { open, close }] = useDisclosure(false);
  return (
    <>
      <Button variant="default" size="xs" onClick={open}>
        {t('settings.advanced')}
      </Button>
      <Dialog opened={opened} onClose={close} title={t('settings.advanced')}>
        <div className="stack">
          {settingNames.map((name) => (
            <Variable key={name} name={name} value={desired[name]} onSet={onSet} />
          ))}
        </div>
      </Dialog>
    </>
  );
}

function Variable({ name, value, onSet }: { name: SettingName; value: Settings[SettingName]; onSet: OnSet }) {
  const { t } = useTranslation();
  const sentence = useSentence();
  const override = usePanelState((state) => state.settings.overrides[name]);
  const saved = settingToText(value) ?? '';
  const [text, setText] = useState(saved);
  useEffect(() => setText(saved), [saved]);
  const read = readText(name, text);
  const warm = usePanelState((state) => state.warm);
  const warmText = [t(`settings.warm.${warm.state}`, { mib: warm.rssMiB ?? 0 }), sentence(warm.sentence) ?? ''];
  const now = name === 'LBS_WARM_WORKERS' ? ` ${warmText.join(' ').trim()}` : '';
  const fallback = settingToText(defaultSettings[name]) ?? t('settings.unset');
  const save = () => {
    if (text !== saved && read.problem === null) void onSet({ [name]: read.value });
  };
  return (
    <TextInput
      size="xs"
      label={name}
      description={`${t(`settings.about.${name}`)} (${t('settings.default', { value: fallback })})${now}`}
      disabled={override !== undefined}
      value={override ?? text}
      error={text === saved ? null : sentence(read.problem)}
      onChange={(event) => setText(event.currentTarget.value)}
      onBlur={save}
      onKeyDown={(event) => event.key === 'Enter' && save()}
    />
  );
}

/** The value that the text stands for, and the contract's error message where it is invalid. */
function readText(name: SettingName, text: string): { value: unknown; problem: Sentence | null } {
  const isEmpty = text.trim() === '' && defaultSettings[name] === null;
  const value = isEmpty ? null : textToValue(name, text);
  const parsed = settingSchemas[name].safeParse(value);
  const [issue] = parsed.error?.issues ?? [];
  return { value, problem: issue ? problemOf(issue) : null };
}
