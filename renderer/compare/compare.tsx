import { Button } from '@mantine/core';
import { useCallback, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useLocation } from 'wouter';
import { type Comparison, fewestCompared, mostCompared, type PanelError } from '#contract';
import { useSentence } from '../i18n/index.ts';
import { Card, useCommand } from '../parts/index.ts';
import { paths } from '../routes/index.ts';
import { ExportMenu } from '../run-export/index.ts';
import { usePanelState } from '../store.ts';
import { LinesCard } from './lines-card.tsx';
import { RunPicker } from './run-picker.tsx';
import { RunsCard } from './runs-card.tsx';
import { ScoresCards } from './scores-cards.tsx';
import { Verdicts } from './verdicts.tsx';
import './compare.css';

/** Two to six runs against the first of them: what the paired test says, the scores, and what else differs. */
export function Compare({ ids }: { ids: readonly string[] }) {
  const { t } = useTranslation();
  const [, navigate] = useLocation();
  const { comparison, error, retry } = useComparison(ids);
  const show = (next: readonly string[]) => navigate(paths.compare(next), { replace: true });
  return (
    <>
      <div className="compare-head">
        <Link href={paths.runs} className="dim">
          {t('frame.room.runs')}
        </Link>
        <span className="dim">/</span>
        <h2>{t('compare.title')}</h2>
        <span className="grow" />
        {comparison && <ExportMenu ids={ids} filter={{}} count={ids.length} />}
        {ids.length < mostCompared && <RunPicker chosen={ids} onAdd={(id) => show([...ids, id])} />}
      </div>
      {error && <Problem error={error} ids={ids} onRetry={retry} />}
      {!comparison && !error && (
        <div className="card dim" role="status">
          {t('compare.loading')}
        </div>
      )}
      {comparison && (
        <>
          <RunsCard comparison={comparison} onShow={show} />
          <Verdicts comparison={comparison} />
          <ScoresCards comparison={comparison} />
          <LinesCard comparison={comparison} />
        </>
      )}
    </>
  );
}

function useComparison(ids: readonly string[]) {
  const { run, error } = useCommand('runs.compare');
  const [comparison, setComparison] = useState<Comparison | null>(null);
  const key = ids.map(encodeURIComponent).join('/');
  const ready = usePanelState((state) => state.backend.phase === 'ready');
  const ask = useCallback(() => {
    const req_ids = key.split('/').map(decodeURIComponent);
    // What was shown is of other runs.
    setComparison(null);
    void run({ req_ids }).then(setComparison);
  }, [run, key]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a backend that becomes ready can answer
  useEffect(ask, [ask, ready]);
  return { comparison, error, retry: ask };
}

function Problem({ error, ids, onRetry }: { error: PanelError; ids: readonly string[]; onRetry(): void }) {
  const { t } = useTranslation();
  const sentence = useSentence();
  const phase = usePanelState((state) => state.backend.phase);
  const stopped = phase === 'stopped' || phase === 'failed';
  const few = ids.length < fewestCompared;
  return (
    <Card title={t('compare.cannot')}>
      <p role="alert">{few ? t('compare.few') : stopped ? t('runs.table.stopped') : sentence(error.sentence)}</p>
      {!few && (
        <Button variant="default" size="xs" onClick={onRetry}>
          {t('backend.tryAgain')}
        </Button>
      )}
    </Card>
  );
}
