import { TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Telemetry } from '#contract';
import { useSentence } from '../i18n/index.ts';
import { Card, OutputLines, Trouble } from '../parts/index.ts';
import { usePanelState } from '../store.ts';
import { processRows } from './process-rows.ts';
import { ProcessTable } from './process-table.tsx';
import './processes.css';

/** A longer list has a filter. */
const FILTER_FROM = 12;

/** The processes on all GPUs. */
export function Processes() {
  const { t } = useTranslation();
  const { processes, processesFault, state } = usePanelState((panel) => panel.telemetry);
  const [filter, setFilter] = useState('');
  if (state !== 'ok') return null;
  const filterable = processes.length > FILTER_FROM || filter !== '';
  const rows = processRows(processes, filterable ? filter : '');
  const emptyText = processes.length === 0 ? t('processes.none') : t('processes.noMatch', { filter });
  const filterField = filterable && (
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
    <Card title={t('processes.title')} actions={filterField}>
      {processesFault ? (
        <Unavailable fault={processesFault} />
      ) : rows.length === 0 ? (
        <p className="dim process-note">{emptyText}</p>
      ) : (
        <ProcessTable rows={rows} />
      )}
      {processes.length > 0 && processes.every(({ usedMiB }) => usedMiB === null) && (
        <p className="dim small process-note">{t('processes.noMemory')}</p>
      )}
    </Card>
  );
}

/** Samples arrive, but the process list fails: that is not an empty list. */
function Unavailable({ fault: { kind, sentence } }: { fault: NonNullable<Telemetry['processesFault']> }) {
  const { t } = useTranslation();
  const word = useSentence();
  return (
    <Trouble
      title={t('processes.unknown')}
      cause={t(`telemetry.fault.${kind}.cause`)}
      remedy={t(`telemetry.fault.${kind}.remedy`)}
    >
      <OutputLines text={word(sentence)} />
    </Trouble>
  );
}
