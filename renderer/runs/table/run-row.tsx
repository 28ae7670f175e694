import { Checkbox } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import type { RunRecord } from '#contract';
import { useSentence } from '../../i18n/index.ts';
import { runName, useTimeFormat } from '../../parts/index.ts';
import { paths } from '../../routes/index.ts';
import type { CellTools, Column } from './columns.tsx';

interface RowProps {
  columns: readonly Column[];
  index: number;
  /** Undefined while it is being fetched. */
  run: RunRecord | undefined;
  /** The row that the Tab key reaches. */
  active: boolean;
  selected: boolean;
  onToggle(range: boolean): void;
  onActive(): void;
}

export function RunRow({ columns, index, run, active, selected, onToggle, onActive }: RowProps) {
  const { t } = useTranslation();
  const sentence = useSentence();
  const { brief, full } = useTimeFormat();
  const tools: CellTools = { t, sentence: (value) => sentence(value), brief, full };
  return (
    <tr aria-rowindex={index + 2} className={selected ? 'selected' : ''}>
      <td>
        {run && (
          <Checkbox
            size="xs"
            tabIndex={-1}
            aria-label={t('runs.table.select', { run: runName(run) })}
            checked={selected}
            onChange={(event) => onToggle((event.nativeEvent as MouseEvent).shiftKey)}
          />
        )}
      </td>
      {columns.map((column, i) => (
        <td key={column.name} className={`cut ${column.number ? 'number' : ''}`}>
          {run && i === 0 && (
            // It covers the row, so that a click anywhere opens the run.
            <Link
              className="run-link"
              href={paths.run(run.req_id)}
              data-row={index}
              tabIndex={active ? 0 : -1}
              aria-label={t('runs.table.open', {
                run: runName(run),
                when: brief(1_000 * (run.start_time ?? run.created_at)),
              })}
              onFocus={onActive}
            >
              {column.cell(run, tools)}
            </Link>
          )}
          {run && i > 0 && column.cell(run, tools)}
          {!run && <span className="runs-blank" />}
        </td>
      ))}
    </tr>
  );
}
