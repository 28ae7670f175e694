import { Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Storage } from '#contract';
import { useSentence } from '../i18n/index.ts';
import { useCommand, useUnsavedText } from '../parts/index.ts';
import { usePanelState } from '../store.ts';

const choices: readonly Storage['when_unsaved'][] = ['pause', 'continue'];

/** Says that results are not saved, or soon cannot be, and lets the person choose what a run does meanwhile. */
export function StorageTrouble() {
  const { t } = useTranslation();
  const sentence = useSentence();
  const storage = usePanelState(({ backend }) => backend.storage);
  const unsaved = useUnsavedText();
  const choose = useCommand('runs.whenUnsaved');
  if (!storage?.sentence || storage.state === 'saved') return null;
  if (storage.state === 'low') return <div className="card warning">{sentence(storage.sentence)}</div>;
  const chosen = storage.when_unsaved;
  return (
    <section className="card stack" role="alert" aria-label={t('storage.title')}>
      <strong className="error">{t('storage.title')}</strong>
      <div>{sentence(storage.sentence)}</div>
      {unsaved && <div>{unsaved}</div>}
      <div className="dim">{t(`storage.now.${chosen}`)}</div>
      <fieldset className="row" style={{ border: 0, margin: 0, padding: 0 }} aria-label={t('storage.choice')}>
        {choices.map((choice) => (
          <Button
            key={choice}
            size="xs"
            {...(choice === chosen ? {} : { variant: 'default' })}
            aria-pressed={choice === chosen}
            loading={choose.busy && choice !== chosen}
            onClick={() => choose.run({ choice })}
          >
            {t(`storage.${choice}`)}
          </Button>
        ))}
      </fieldset>
      {choose.error && <div className="error small">{sentence(choose.error.sentence)}</div>}
    </section>
  );
}
