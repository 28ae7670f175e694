import { TextInput } from '@mantine/core';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { SettingName } from '#contract';
import { Browse } from '../../parts/index.ts';
import type { Variable } from './use-variable.ts';

/** A text that is saved on Enter and when it is left, with the problem of one that cannot be saved. */
export function TextControl({ variable, unit, w }: { variable: Variable<SettingName>; unit?: string; w?: number }) {
  const { t } = useTranslation();
  const { name, text: saved, disabled, read, set } = variable;
  const [text, setText] = useState(saved);
  useEffect(() => setText(saved), [saved]);
  const result = read(text);
  const save = () => text !== saved && result.problem === null && set(result.value);
  return (
    <div className="row">
      <TextInput
        {...(w === undefined ? { className: 'grow' } : { w })}
        size="xs"
        aria-label={name}
        placeholder={t('settings.unset')}
        disabled={disabled}
        value={text}
        error={text === saved ? null : result.problem}
        onChange={(event) => setText(event.currentTarget.value)}
        onBlur={save}
        onKeyDown={(event) => event.key === 'Enter' && save()}
      />
      {unit && <span className="dim small">{unit}</span>}
    </div>
  );
}

/** A path, with the desktop's own folder picker; `file` is the file of that name in the picked folder. */
export function PathControl({ variable, file }: { variable: Variable<SettingName>; file?: string }) {
  return (
    <div className="row top">
      <div className="grow">
        <TextControl variable={variable} />
      </div>
      <Browse
        label={variable.name}
        disabled={variable.disabled}
        onPick={(folder) => {
          const separator = folder.includes('\\') ? '\\' : '/';
          variable.set(file === undefined ? folder : `${folder.replace(/[\\/]$/, '')}${separator}${file}`);
        }}
      />
    </div>
  );
}
