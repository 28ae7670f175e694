import { Button, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSentence } from '../i18n/index.ts';
import { useCommand } from '../parts/index.ts';

/** An interpreter that the search does not find. */
export function ChoosePath({ onChosen }: { onChosen: () => void }) {
  const { t } = useTranslation();
  const sentence = useSentence();
  const [path, setPath] = useState('');
  const choose = useCommand('python.choose');
  const save = async () => {
    if ((await choose.run({ path: path.trim() })) === null) return;
    setPath('');
    onChosen();
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <div className="row">
        <TextInput
          className="grow"
          size="xs"
          aria-label={t('python.path')}
          placeholder={t('python.pathHint')}
          value={path}
          onChange={(event) => setPath(event.currentTarget.value)}
        />
        <Button type="submit" variant="default" size="xs" disabled={path.trim() === ''} loading={choose.busy}>
          {t('python.choose')}
        </Button>
      </div>
      {choose.error && <div className="error small">{sentence(choose.error.sentence)}</div>}
    </form>
  );
}
