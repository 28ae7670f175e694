import { Tooltip } from '@mantine/core';
import type { TFunction } from 'i18next';
import type { ReactNode } from 'react';
import type { RunRecord, RunSortKey, Sentence } from '#contract';
import { bytesText, exactDuration, runName, runStatusKey, statusClasses } from '../../parts/index.ts';

export interface CellTools {
  t: TFunction;
  sentence(value: Sentence): string;
  /** Format Unix milliseconds. */
  brief(time: number): string;
  full(time: number): string;
}

export interface Column {
  name: string;
  sort: RunSortKey;
  /** In pixels; columns without share the rest. */
  width?: number;
  number?: boolean;
  /** Shown in windows of at least this width, unless the person hides it. */
  from: 0 | 800 | 1100 | 1500;
  cell(run: RunRecord, tools: CellTools): ReactNode;
}

const last = (path: string) => path.split(/[\\/]/).at(-1);
const memory = (bytes: number | null) => (bytes === null ? '–' : bytesText(bytes));

export const columns: readonly Column[] = [
  {
    name: 'when',
    sort: 'created_at',
    width: 118,
    from: 0,
    cell: (run, tools) => <When seconds={run.start_time ?? run.created_at} tools={tools} />,
  },
  {
    name: 'model',
    sort: 'model',
    from: 0,
    cell: ({ model }) => <span title={model}>{last(model)}</span>,
  },
  {
    name: 'dataset',
    sort: 'dataset',
    from: 0,
    cell: (run) => <span title={run.dataset}>{runName(run).split(' · ')[0]}</span>,
  },
  { name: 'score', sort: 'score', width: 96, number: true, from: 0, cell: (run) => <Score run={run} /> },
  { name: 'duration', sort: 'duration', width: 96, number: true, from: 1100, cell: durationOf },
  {
    name: 'speed',
    sort: 'tokens_per_second',
    width: 70,
    number: true,
    from: 1100,
    cell: (run) => speed(run.tokens_per_second),
  },
  {
    name: 'predicted',
    sort: 'predicted_peak',
    width: 92,
    number: true,
    from: 1100,
    cell: (run) => memory(run.predicted_peak),
  },
  {
    name: 'measured',
    sort: 'measured_peak',
    width: 92,
    number: true,
    from: 800,
    cell: (run) => memory(run.measured_peak),
  },
  {
    name: 'limit',
    sort: 'limit',
    width: 64,
    number: true,
    from: 1100,
    cell: ({ limit }, { t }) => (limit === '0' ? t('runs.table.noLimit') : (limit ?? '–')),
  },
  { name: 'dtype', sort: 'dtype', width: 84, from: 1500, cell: ({ dtype }) => dtype ?? '–' },
  {
    name: 'tags',
    sort: 'tags',
    from: 1500,
    cell: ({ tags, note }) => [...tags, note].filter(Boolean).join(', '),
  },
  {
    name: 'state',
    sort: 'state',
    from: 0,
    cell: (run, tools) => <State run={run} tools={tools} />,
  },
];

function When({ seconds, tools: { brief, full } }: { seconds: number; tools: CellTools }) {
  return <span title={full(1_000 * seconds)}>{brief(1_000 * seconds)}</span>;
}

function durationOf({ start_time, end_time }: RunRecord): string {
  return start_time === null || end_time === null ? '–' : exactDuration(1_000 * (end_time - start_time));
}

const speed = (tokens: number | null) => (tokens === null ? '–' : tokens.toFixed(tokens < 10 ? 1 : 0));

function Score({ run: { score } }: { run: RunRecord }) {
  if (!score) return '–';
  return (
    <>
      <strong>{score.value.toFixed(2)}</strong>
      {score.error !== null && <span className="dim"> ±{score.error.toFixed(2)}</span>}
    </>
  );
}

function State({ run, tools: { t, sentence } }: { run: RunRecord; tools: CellTools }) {
  const { state, progress, ways_out, error_sentence, offloaded, error_code } = run;
  const more = ways_out ?? error_sentence;
  const words =
    error_code === 'out_of_memory' ? t('runs.table.outOfMemory') : t(runStatusKey({ status: state, error_code }));
  return (
    <span className="run-state">
      <span className={`tag ${statusClasses[state]}`}>
        {progress && state === 'processing' ? `${progress.done}/${progress.total}` : words}
      </span>
      {offloaded && (
        <Tooltip label={t('runs.table.offloaded')}>
          <span className="tag tight">CPU</span>
        </Tooltip>
      )}
      {more && state === 'failed' && (
        <span className="dim small cut" title={sentence(more)}>
          {sentence(more)}
        </span>
      )}
    </span>
  );
}
