import { IconArrowDown, IconArrowUp } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { RunsTableProps } from './table-props.ts';

export function TableHead({ columns, sort, onSort }: Pick<RunsTableProps, 'columns' | 'sort' | 'onSort'>) {
  const { t } = useTranslation();
  const Arrow = sort.descending ? IconArrowDown : IconArrowUp;
  return (
    <thead>
      <tr aria-rowindex={1}>
        <th>
          <span className="visually-hidden">{t('runs.table.selected')}</span>
        </th>
        {columns.map((column) => (
          <th
            key={column.name}
            className={column.number ? 'number' : ''}
            aria-sort={sort.by === column.sort ? (sort.descending ? 'descending' : 'ascending') : 'none'}
          >
            <button type="button" onClick={() => onSort(column)}>
              {t(`runs.table.column.${column.name}`)}
              {sort.by === column.sort && <Arrow size={12} aria-hidden />}
            </button>
          </th>
        ))}
      </tr>
    </thead>
  );
}
