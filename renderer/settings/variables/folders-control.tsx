import { ActionIcon, Button, TextInput, Tooltip } from '@mantine/core';
import { IconX } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Browse } from '../../parts/index.ts';
import { usePanelState } from '../../store.ts';
import type { Variable } from './use-variable.ts';

/** A list of folders that one variable holds, each with a button that removes it. */
export function FoldersControl({ variable }: { variable: Variable<'LBS_MODEL_DIRS'> }) {
  const { t } = useTranslation();
  const separator = usePanelState((state) => (state.app.platform === 'win32' ? ';' : ':'));
  const [added, setAdded] = useState('');
  const { name, value, disabled, set, read } = variable;
  const folders = value.split(separator).filter((folder) => folder.trim() !== '');
  const { problem } = read(added);
  const save = (list: readonly string[]) => set(list.join(separator));
  const add = (folder: string) => {
    if (folder.trim() === '' || read(folder).problem !== null) return;
    save([...folders, folder.trim()]);
    setAdded('');
  };
  return (
    <div className="stack tight">
      {folders.map((folder) => (
        <div key={folder} className="row">
          <code className="grow path">{folder}</code>
          <Tooltip label={t('variables.remove', { name: folder })}>
            <ActionIcon
              variant="subtle"
              color="gray"
              size="sm"
              disabled={disabled}
              aria-label={t('variables.remove', { name: folder })}
              onClick={() => save(folders.filter((one) => one !== folder))}
            >
              <IconX size={14} />
            </ActionIcon>
          </Tooltip>
        </div>
      ))}
      <div className="row top">
        <TextInput
          className="grow"
          size="xs"
          aria-label={name}
          placeholder={t('variables.anyFolder')}
          disabled={disabled}
          value={added}
          error={problem}
          onChange={(event) => setAdded(event.currentTarget.value)}
          onKeyDown={(event) => event.key === 'Enter' && add(added)}
        />
        <Button
          variant="default"
          size="xs"
          flex="none"
          disabled={disabled || added.trim() === '' || problem !== null}
          onClick={() => add(added)}
        >
          {t('run.add')}
        </Button>
        <Browse label={name} disabled={disabled} onPick={add} />
      </div>
    </div>
  );
}
