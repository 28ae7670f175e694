import type { RunRecord, RunsRequest } from '#contract';
import type { Column } from './columns.tsx';
import type { Selection } from './selection.ts';
import type { Rows } from './use-rows.ts';

export interface RunsTableProps {
  columns: readonly Column[];
  rows: Rows;
  selection: Selection;
  sort: NonNullable<RunsRequest['sort']>;
  onSort(by: Column): void;
  onDelete(ids: readonly string[]): void;
  /** Opens tags and note of a run. */
  onAnnotate(run: RunRecord): void;
}
