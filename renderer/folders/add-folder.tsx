import { Button, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSentence } from '../i18n/index.ts';
import { Browse, useCommand } from '../parts/index.ts';

export function AddFolder() {
  const { t } = useTranslation();
  const sentence = useSentence();
  const [folder, setFolder] = useState('');
  const [empty, setEmpty] = useState(false);
  const scan = useCommand('models.scan');
  const add = async (path: string) => {
    const found = await scan.run({ folder: path });
    setEmpty(found?.length === 0);
    if (found && found.length > 0) setFolder('');
  };
  return (
    <>
      <div className="row">
        <TextInput
          className="grow"
          size="xs"
          aria-label={t('run.folder')}
          placeholder={t('run.folderHint')}
          value={folder}
          onChange={(event) => setFolder(event.currentTarget.value)}
          onKeyDown={(event) => event.key === 'Enter' && folder.trim() && void add(folder.trim())}
        />
        <Button
          variant="default"
          size="xs"
          disabled={!folder.trim()}
          loading={scan.busy}
          onClick={() => add(folder.trim())}
        >
          {t('run.add')}
        </Button>
        <Browse label={t('run.folder')} onPick={(picked) => void add(picked)} />
      </div>
      {scan.error && <div className="error small">{sentence(scan.error.sentence)}</div>}
      {!scan.error && empty && <div className="error small">{t('run.noModels')}</div>}
    </>
  );
}
