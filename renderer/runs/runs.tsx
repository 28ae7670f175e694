import { Button } from '@mantine/core';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import type { RunRecord } from '#contract';
import { useSentence } from '../i18n/index.ts';
import { Card, now } from '../parts/index.ts';
import { paths } from '../routes/index.ts';
import { ExportMenu } from '../run-export/index.ts';
import { usePanelState } from '../store.ts';
import { Annotate } from './details/annotate.tsx';
import { useDelete } from './details/use-delete.tsx';
import { FilterBar } from './filters/filter-bar.tsx';
import { filterOf, isFiltered, type RunsPlace } from './filters/runs-place.ts';
import { SavedViews } from './filters/saved-views.tsx';
import { useFacets } from './filters/use-facets.ts';
import { useRunsPlace } from './filters/use-runs-place.ts';
import { ColumnMenu } from './table/column-menu.tsx';
import { RunsTable } from './table/runs-table.tsx';
import { type Selection, useSelection } from './table/selection.ts';
import { useColumns } from './table/use-columns.ts';
import { type Rows, useRows } from './table/use-rows.ts';
import './runs.css';

/** Every run, found by filters and order that the address keeps. */
export function Runs() {
  const { t } = useTranslation();
  const [place, change] = useRunsPlace();
  // The minute is enough for "this week", and a new second would ask again.
  const minute = Math.floor(now() / 60_000) * 60;
  const filter = useMemo(() => filterOf(place, minute), [place, minute]);
  const rows = useRows(filter, place.sort);
  const { facets, refresh } = useFacets();
  const refreshAll = () => {
    rows.refresh();
    refresh();
  };
  const selection = useSelection((index) => rows.row(index)?.req_id);
  const remove = useDelete(refreshAll);
  const columns = useColumns();
  const [annotated, setAnnotated] = useState<RunRecord | null>(null);
  const deleteRuns = (ids: readonly string[]) => {
    selection.clear();
    void remove(ids);
  };
  return (
    <Card
      title={t('runs.title')}
      actions={
        <>
          <Count rows={rows} place={place} />
          <SelectionActions {...{ rows, selection }} onDelete={deleteRuns} onAnnotate={setAnnotated} />
        </>
      }
    >
      <div className="runs-bar">
        <FilterBar place={place} facets={facets} onChange={change} />
        <span className="grow" />
        <SavedViews place={place} onChange={change} />
        <ColumnMenu choice={columns} />
        <ExportMenu
          ids={[...selection.ids]}
          filter={filter}
          count={selection.ids.size || (rows.loaded?.matching ?? 0)}
        />
      </div>
      <Problem rows={rows} />
      <Empty rows={rows} place={place} />
      {(rows.loaded?.matching ?? 0) > 0 && (
        <RunsTable
          {...{ rows, selection }}
          columns={columns.shown}
          sort={place.sort}
          onSort={({ sort: by }) =>
            change({ sort: { by, descending: place.sort.by !== by || !place.sort.descending } })
          }
          onDelete={deleteRuns}
          onAnnotate={setAnnotated}
        />
      )}
      {annotated && (
        <Annotate
          key={annotated.req_id}
          run={annotated}
          known={facets?.tags.map(({ value }) => value) ?? []}
          onClose={() => setAnnotated(null)}
          onSaved={refreshAll}
        />
      )}
    </Card>
  );
}

function Count({ rows: { loaded }, place }: { rows: Rows; place: RunsPlace }) {
  const { t } = useTranslation();
  if (!loaded) return null;
  const { matching, total } = loaded;
  const text = isFiltered(place) ? t('runs.table.some', { matching, total }) : String(total);
  return (
    <span className="dim" role="status" aria-label={t('runs.table.count')}>
      {text}
    </span>
  );
}

interface SelectionActionsProps {
  rows: Rows;
  selection: Selection;
  onDelete(ids: readonly string[]): void;
  onAnnotate(run: RunRecord): void;
}

/** What can be done with the selected runs. */
function SelectionActions({ rows, selection, onDelete, onAnnotate }: SelectionActionsProps) {
  const { t } = useTranslation();
  const ids = [...selection.ids];
  if (ids.length === 0) return null;
  const only = ids.length === 1 ? findRow(rows, ids[0]) : undefined;
  const comparable = ids.length >= 2 && ids.length <= 6;
  return (
    <>
      {only && (
        <Button variant="default" size="compact-xs" onClick={() => onAnnotate(only)}>
          {t('runs.table.annotate')}
        </Button>
      )}
      <Button variant="default" size="compact-xs" onClick={() => onDelete(ids)}>
        {t('runs.table.delete', { count: ids.length })}
      </Button>
      {comparable && (
        <Button component={Link} href={paths.compare(ids)} size="compact-xs">
          {t('runs.table.compare', { count: ids.length })}
        </Button>
      )}
    </>
  );
}

function findRow({ loaded }: Rows, id: string | undefined): RunRecord | undefined {
  for (const page of loaded?.pages.values() ?? []) {
    const found = page.find(({ req_id }) => req_id === id);
    if (found) return found;
  }
  return undefined;
}

/** The backend has the runs: while it does not answer, what was loaded stays, and a sentence says so. */
function Problem({ rows: { error, refresh, loaded } }: { rows: Rows }) {
  const { t } = useTranslation();
  const sentence = useSentence();
  const phase = usePanelState((state) => state.backend.phase);
  if (!error) return null;
  if (phase === 'starting') return <p className="dim">{t('runs.table.starting')}</p>;
  const stopped = phase === 'stopped' || phase === 'failed';
  return (
    <div className="row" role="alert">
      <span className={stopped ? 'dim' : 'error'}>
        {stopped ? t(loaded ? 'runs.table.staleStopped' : 'runs.table.stopped') : sentence(error.sentence)}
      </span>
      {!stopped && (
        <Button variant="default" size="compact-xs" onClick={refresh}>
          {t('backend.tryAgain')}
        </Button>
      )}
    </div>
  );
}

function Empty({ rows: { loaded, error }, place }: { rows: Rows; place: RunsPlace }) {
  const { t } = useTranslation();
  if (!loaded)
    return error ? null : <div className="runs-loading" aria-busy aria-label={t('runs.table.loading')} role="status" />;
  if (loaded.matching > 0) return null;
  if (isFiltered(place)) return <p className="dim">{t('runs.table.noMatch')}</p>;
  return (
    <p className="dim">
      {t('runs.none')} <Link href={paths.overview}>{t('runs.table.first')}</Link>
    </p>
  );
}
