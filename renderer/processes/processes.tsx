import { TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Telemetry } from '#contract';
import { useSentence } from '../i18n/index.ts';
import { Card, Lines, Trouble } from '../parts/index.ts';
import { usePanelState } from '../store.ts';
import { processRows } from './process-rows.ts';
import { ProcessTable } from './table.tsx';
import './processes.css';

/** A list as long as this is not looked through by eye. */
const MANY = 12;

export function Processes() {
  const { t } = useTranslation();
  const { processes, processesFault, state } = usePanelState((panel) => panel.telemetry);
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
      {processesFault ? (
        <Unknown fault={processesFault} />
      ) : rows.length === 0 ? (
        <p className="dim process-none">{nobody}</p>
      ) : (
        <ProcessTable rows={rows} />
      )}
      {processes.length > 0 && processes.every(({ usedMiB }) => usedMiB === null) && (
        <p className="dim small process-none">{t('processes.noMemory')}</p>
      )}
    </Card>
  );
}

/** The figures go on, and the list fails: nobody is not the same as nobody known. */
function Unknown({ fault: { kind, sentence } }: { fault: NonNullable<Telemetry['processesFault']> }) {
  const { t } = useTranslation();
  const word = useSentence();
  return (
    <Trouble
      title={t('processes.unknown')}
      cause={t(`telemetry.fault.${kind}.cause`)}
      remedy={t(`telemetry.fault.${kind}.remedy`)}
    >
      <Lines text={word(sentence)} />
    </Trouble>
  );
}
