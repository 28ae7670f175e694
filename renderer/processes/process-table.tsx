import { Fragment, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { usePanelState } from '../store.ts';
import { type Columns, columnCount, columnsOf } from './columns.ts';
import { GraphicsGroup } from './graphics-group.tsx';
import { keyOf, type ProcessRow, type Program } from './process-rows.ts';
import { ProgramRow } from './program-row.tsx';

/** The process list as a table. */
export function ProcessTable({ rows }: { rows: ProcessRow[] }) {
  const [opened, setOpened] = useState(false);
  const manyGpus = usePanelState((state) => state.telemetry.devices.length > 1);
  const columns = columnsOf(rows, manyGpus);
  const programRow = (program: Program, depth: number) => (
    <ProgramRow key={keyOf(program)} program={program} depth={depth} columns={columns} />
  );
  const graphicsRows = (programs: Program[]) => (
    <Fragment key="graphics">
      <GraphicsGroup
        count={programs.length}
        columns={columnCount(columns)}
        opened={opened}
        onToggle={() => setOpened(!opened)}
      />
      {opened && programs.map((program) => programRow(program, 1))}
    </Fragment>
  );
  return (
    <table className="plain processes">
      <Head columns={columns} />
      <tbody>
        {rows.map((row) => (row.type === 'program' ? programRow(row.program, row.depth) : graphicsRows(row.programs)))}
      </tbody>
    </table>
  );
}

function Head({ columns }: { columns: Columns }) {
  const { t } = useTranslation();
  return (
    <thead>
      <tr>
        <th className="pid">{t('processes.pid')}</th>
        <th>{t('processes.name')}</th>
        <th className="user">{t('processes.user')}</th>
        {columns.gpu && <th className="gpus">{t('processes.gpu')}</th>}
        {columns.kind && <th className="kind">{t('processes.kind')}</th>}
        <th className="since">{t('processes.since')}</th>
        <th className="number memory">{t('processes.memory')}</th>
        <th className="end">
          <span className="visually-hidden">{t('processes.action')}</span>
        </th>
      </tr>
    </thead>
  );
}
