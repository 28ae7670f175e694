import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { usePanelState } from '../store.ts';
import { Drawing } from './drawing.tsx';
import { keyOf, type ProcessRow, type Program } from './process-rows.ts';
import { ProgramRow } from './program-row.tsx';

/** Who is on the GPUs. A column that would be empty in every row is left out. */
export function ProcessTable({ rows }: { rows: ProcessRow[] }) {
  const { t } = useTranslation();
  const [opened, setOpened] = useState(false);
  const many = usePanelState((state) => state.telemetry.devices.length > 1);
  const named = rows.flatMap((row) => (row.type === 'program' ? [row.program] : row.programs));
  const columns: Columns = { gpu: many, kind: named.some(({ kind }) => kind !== null) };
  const row = (program: Program, depth: number) => (
    <ProgramRow key={keyOf(program)} program={program} depth={depth} columns={columns} />
  );
  return (
    <table className="plain processes">
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
      <tbody>
        {rows.flatMap((one) =>
          one.type === 'program'
            ? [row(one.program, one.depth)]
            : [
                <Drawing
                  key="drawing"
                  {...{ programs: one.programs, columns, opened }}
                  onToggle={() => setOpened(!opened)}
                />,
                ...(opened ? one.programs.map((program) => row(program, 1)) : []),
              ],
        )}
      </tbody>
    </table>
  );
}

export interface Columns {
  gpu: boolean;
  kind: boolean;
}
