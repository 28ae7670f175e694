import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { RunRow } from './run-row.tsx';
import { TableHead } from './table-head.tsx';
import type { RunsTableProps } from './table-props.ts';
import { useRowKeys } from './use-row-keys.ts';
import './runs-table.css';

const ROW = 34;

/** The virtualised table: only the rows in view exist. Arrow keys move between runs, Space selects, Delete deletes. */
export function RunsTable({ columns, rows, selection, sort, onSort, onDelete, onAnnotate }: RunsTableProps) {
  const { t } = useTranslation();
  const scroller = useRef<HTMLDivElement>(null);
  const count = rows.loaded?.matching ?? 0;
  const virtual = useVirtualizer({
    count,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW,
    overscan: 8,
  });
  const items = virtual.getVirtualItems();
  const [first, last] = [items[0]?.index ?? 0, items.at(-1)?.index ?? 0];
  const { show, loaded } = rows;
  // biome-ignore lint/correctness/useExhaustiveDependencies: `show` is new in each render, and `loaded` says what is missing
  useEffect(() => show(first, last), [first, last, loaded]);
  const keys = useRowKeys({ count, rows, selection, onDelete, onAnnotate, scrollTo: virtual.scrollToIndex, scroller });
  const below = virtual.getTotalSize() - (items.at(-1)?.end ?? 0);
  return (
    <div ref={scroller} className="runs-scroller">
      <table className="runs-table" aria-label={t('runs.title')} aria-rowcount={count + 1} onKeyDown={keys.onKeyDown}>
        <colgroup>
          <col style={{ width: 34 }} />
          {columns.map(({ name, width }) => (
            <col key={name} style={{ width }} />
          ))}
        </colgroup>
        <TableHead columns={columns} sort={sort} onSort={onSort} />
        <tbody>
          <Spacer height={items[0]?.start ?? 0} />
          {items.map(({ index }) => (
            <RunRow
              key={rows.row(index)?.req_id ?? index}
              {...{ columns, index }}
              run={rows.row(index)}
              active={index === keys.active}
              selected={selection.ids.has(rows.row(index)?.req_id ?? '')}
              onToggle={(range) => selection.toggle(index, range)}
              onActive={() => keys.setActive(index)}
            />
          ))}
          <Spacer height={below} />
        </tbody>
      </table>
    </div>
  );
}

/** Stands for the rows that are not drawn. */
const Spacer = ({ height }: { height: number }) => (height > 0 ? <tr aria-hidden style={{ height }} /> : null);
