import { Button, TextInput } from '@mantine/core';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Telemetry } from '#contract';
import { useSentence } from '../i18n/index.ts';
import { Card, OutputLines, Trouble } from '../parts/index.ts';
import { usePlace } from '../routes/index.ts';
import { usePanelState } from '../store.ts';
import { largestRows, processRows, programs } from './process-rows.ts';
import { ProcessTable } from './process-table.tsx';
import './processes.css';

/** A longer list is cut to its largest, until all are shown. */
const SHOWN = 4;
/** A longer list has a filter. */
const FILTER_FROM = 12;

/** The processes on all GPUs: the largest, or all. */
export function Processes() {
  const { t } = useTranslation();
  const processes = usePanelState((panel) => panel.telemetry.processes);
  const fault = usePanelState((panel) => panel.telemetry.processesFault);
  const state = usePanelState((panel) => panel.telemetry.state);
  const [place, setPlace] = usePlace('processes');
  const [filter, setFilter] = useState('');
  const rows = useMemo(() => processRows(processes, filter), [processes, filter]);
  const largest = useMemo(() => largestRows(processes, SHOWN), [processes]);
  if (state !== 'ok') return null;
  const long = filter !== '' || rows.length > SHOWN;
  const all = long && place === 'all';
  const filterable = all && (processes.length > FILTER_FROM || filter !== '');
  const emptyText = processes.length === 0 ? t('processes.none') : t('processes.noMatch', { filter });
  const shown = all || !long ? rows : largest;
  const toggle = () => {
    setFilter('');
    setPlace(all ? null : 'all');
  };
  return (
    <Card
      title={t('processes.title')}
      actions={
        <>
          {filterable && <FilterField value={filter} onChange={setFilter} />}
          {long && (
            <Button size="compact-xs" variant="default" aria-expanded={all} onClick={toggle}>
              {t(all ? 'processes.largest' : 'processes.all', { count: SHOWN, total: programs(processes).length })}
            </Button>
          )}
        </>
      }
    >
      {fault ? (
        <Unavailable fault={fault} />
      ) : shown.length === 0 ? (
        <p className="dim process-note">{emptyText}</p>
      ) : (
        <ProcessTable rows={shown} />
      )}
      {processes.length > 0 && processes.every(({ usedMiB }) => usedMiB === null) && (
        <p className="dim small process-note">{t('processes.noMemory')}</p>
      )}
    </Card>
  );
}

function FilterField({ value, onChange }: { value: string; onChange(value: string): void }) {
  const { t } = useTranslation();
  return (
    <TextInput
      size="xs"
      w={220}
      type="search"
      aria-label={t('processes.filter')}
      placeholder={t('processes.filter')}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
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
