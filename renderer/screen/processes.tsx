import { TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { processRows } from '../live/process-rows.ts';
import { Card } from '../parts/card.tsx';
import { usePanelState } from '../store.ts';
import { ProcessTable } from './process-list/table.tsx';
import './processes.css';

/** A list as long as this is not looked through by eye. */
const MANY = 12;

export function Processes() {
  const { t } = useTranslation();
  const { processes, state } = usePanelState((panel) => panel.telemetry);
  const [filter, setFilter] = useState('');
  if (state !== 'ok') return null;
  const offered = processes.length > MANY || filter !== '';
  const rows = processRows(processes, offered ? filter : '');
  const nobody = processes.length === 0 ? t('processes.none') : t('processes.noMatch', { filter });
  const aside = offered && (
    <TextInput
      size="xs"
      w={220}
      type="search"
      aria-label={t('processes.filter')}
      placeholder={t('processes.filter')}
      value={filter}
      onChange={(event) => setFilter(event.currentTarget.value)}
    />
  );
  return (
    <Card title={t('processes.title')} aside={aside}>
      {rows.length === 0 ? <p className="dim process-none">{nobody}</p> : <ProcessTable rows={rows} />}
      {processes.length > 0 && processes.every(({ usedMiB }) => usedMiB === null) && (
        <p className="dim small process-none">{t('processes.noMemory')}</p>
      )}
    </Card>
  );
}
