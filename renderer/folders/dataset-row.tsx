import { Button, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { DatasetFolder } from '#contract';
import { useSentence } from '../i18n/index.ts';
import { Browse, useCommand } from '../parts/index.ts';

type Props = { dataset: DatasetFolder; onChanged: (folders: DatasetFolder[]) => void };

/** One dataset: what was found in its folder, why that cannot be used, and another folder. */
export function DatasetRow({ dataset, onChanged }: Props) {
  const { t } = useTranslation();
  const sentence = useSentence();
  const { name, folder, changeable, found, error_sentence } = dataset;
  return (
    <section className="model-folder dataset stack tight" aria-label={name}>
      <div className="row small">
        <strong className="grow">{name}</strong>
        <span className="dim">{found ? <FoundText found={found} /> : t('datasets.notSet')}</span>
      </div>
      <div className="path small">{changeable ? folder : t('datasets.ships')}</div>
      {error_sentence && <div className="error small">{sentence(error_sentence)}</div>}
      {changeable && <ChangeFolder key={folder} dataset={dataset} onChanged={onChanged} />}
    </section>
  );
}

/** "52 subjects · 1346 questions · 260 examples", or the number of texts. */
export function FoundText({ found }: { found: NonNullable<DatasetFolder['found']> }) {
  const { t } = useTranslation();
  const { files, subjects, items } = found;
  if (subjects === 0) return t('datasets.texts', { count: files });
  const asked = Object.entries(items ?? {}).filter(([split]) => split !== 'dev');
  const parts = [
    t('datasets.subjects', { count: subjects }),
    t('datasets.files', { count: files }),
    ...asked.map(([split, count]) => t('datasets.questions', { count, split })),
    items?.dev && t('datasets.examples', { count: items.dev }),
  ];
  return parts.filter(Boolean).join(' · ');
}

function ChangeFolder({ dataset: { name, folder }, onChanged }: Props) {
  const { t } = useTranslation();
  const sentence = useSentence();
  const set = useCommand('datasets.setFolder');
  const [text, setText] = useState(folder ?? '');
  const isNew = text.trim() !== '' && text.trim() !== folder;
  const save = async (next: string | null) => {
    const folders = await set.run({ name, folder: next });
    if (folders) onChanged(folders);
  };
  return (
    <>
      <div className="row wrap">
        <TextInput
          className="grow"
          size="xs"
          aria-label={t('datasets.folderOf', { name })}
          placeholder={t('datasets.hint')}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          onKeyDown={(event) => event.key === 'Enter' && isNew && void save(text.trim())}
        />
        <Button variant="default" size="xs" disabled={!isNew} loading={set.busy} onClick={() => void save(text.trim())}>
          {t(folder === null ? 'datasets.set' : 'datasets.change')}
        </Button>
        <Browse label={t('datasets.folderOf', { name })} onPick={(picked) => void save(picked)} />
        {folder !== null && (
          <Button variant="subtle" color="gray" size="xs" onClick={() => void save(null)}>
            {t('run.forget')}
          </Button>
        )}
      </div>
      {set.error && <div className="error small">{sentence(set.error.sentence)}</div>}
    </>
  );
}
