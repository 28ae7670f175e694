import { Button } from '@mantine/core';
import { useCallback, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { DatasetFolder } from '#contract';
import { useSentence } from '../i18n/index.ts';
import { Card, useCommand } from '../parts/index.ts';
import { usePanelState } from '../store.ts';
import { DatasetRow } from './dataset-row.tsx';

/** Where each dataset is and what its folder contains, as the backend reads it. */
export function Datasets() {
  const { t } = useTranslation();
  const sentence = useSentence();
  const { folders, setFolders, load, busy, error } = useFolders();
  return (
    <Card
      title={t('datasets.title')}
      actions={
        <Button variant="default" size="xs" loading={busy} onClick={load}>
          {t('datasets.again')}
        </Button>
      }
    >
      <p className="dim small">{t('datasets.about')}</p>
      {error && <p className="error">{sentence(error.sentence)}</p>}
      {!error && folders === null && <div className="folders-skeleton" aria-busy />}
      {folders?.map((dataset) => (
        <DatasetRow key={dataset.name} dataset={dataset} onChanged={setFolders} />
      ))}
    </Card>
  );
}

/** Asked again when the backend becomes ready. */
export function useFolders() {
  const [folders, setFolders] = useState<DatasetFolder[] | null>(null);
  const { run, busy, error } = useCommand('datasets.folders');
  const phase = usePanelState((state) => state.backend.phase);
  const load = useCallback(() => void run({}).then((found) => found && setFolders(found)), [run]);
  useEffect(() => {
    if (phase !== 'starting') load();
  }, [phase, load]);
  return { folders, setFolders, load, busy, error };
}
