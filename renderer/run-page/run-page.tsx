import { Button, Skeleton } from '@mantine/core';
import { IconFileUnknown } from '@tabler/icons-react';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import type { PanelError, Run } from '#contract';
import { useSentence } from '../i18n/index.ts';
import { Trouble } from '../parts/index.ts';
import { paths } from '../routes/index.ts';
import { SpeedCard } from './conditions/speed-card.tsx';
import { useConditions } from './conditions/use-conditions.ts';
import { Failure } from './failure.tsx';
import { Head } from './head/head.tsx';
import { ItemCard } from './items/item-card.tsx';
import { testsOf } from './items/tests.ts';
import { useItems } from './items/use-items.ts';
import { LogCard } from './log-card.tsx';
import { MemoryCard } from './memory/memory-card.tsx';
import { ProgressCard } from './progress/progress-card.tsx';
import { ScoreCard } from './score/score-card.tsx';
import { SettingsCard } from './settings-card.tsx';
import { useRun } from './use-run.ts';
import './run-page.css';

/** Everything that is known of one run: its score, its answers, its memory and speed, its settings and its log. */
export function RunPage({ id }: { id: string }) {
  const { run, error, retry } = useRun(id);
  if (run) return <Known run={run} />;
  return error ? <Unknown error={error} retry={retry} /> : <Loading />;
}

function Known({ run }: { run: Run }) {
  const items = useItems(run);
  const { dataset, result } = run;
  // A whole C-Eval has thousands of answers.
  const tests = useMemo(() => testsOf({ dataset, result }, items), [dataset, result, items]);
  const conditions = useConditions(run);
  const report = { run, tests, conditions: conditions.found };
  return (
    <div className="run-page">
      <Head {...report} />
      <div className="run-columns">
        <div>
          {run.status === 'failed' && <Failure run={run} />}
          <ProgressCard run={run} />
          <ScoreCard run={run} tests={tests} />
          <ItemCard run={run} tests={tests} />
        </div>
        <div>
          <MemoryCard run={run} conditions={conditions} />
          <SpeedCard run={run} tests={tests} conditions={conditions} />
          <SettingsCard run={run} />
          <LogCard run={run} />
        </div>
      </div>
    </div>
  );
}

function Loading() {
  const { t } = useTranslation();
  return (
    <div className="run-page" aria-busy aria-label={t('runPage.loading')} role="status">
      <Skeleton height={36} animate={false} />
      <div className="run-columns">
        <Skeleton height={320} animate={false} />
        <Skeleton height={320} animate={false} />
      </div>
    </div>
  );
}

/** It was deleted, the id is wrong, or the backend that keeps it cannot be asked. */
function Unknown({ error, retry }: { error: PanelError; retry(): void }) {
  const { t } = useTranslation();
  const sentence = useSentence();
  const missing = error.code === 'not_found';
  return (
    <section className="card" aria-label={t('runPage.unknown')}>
      <Trouble
        title={missing ? t('runPage.missing') : t('runPage.unreadable')}
        cause={sentence(error.sentence)}
        remedy={t(`runPage.${missing ? 'missingRemedy' : error.code === 'refused' ? 'recorded' : 'unreadableRemedy'}`)}
        icon={IconFileUnknown}
        calm={missing}
      >
        <div className="row">
          <Button component={Link} href={paths.runs} size="xs" variant="default">
            {t('runPage.toRuns')}
          </Button>
          {!missing && (
            <Button size="xs" variant="default" onClick={retry}>
              {t('runPage.retry')}
            </Button>
          )}
        </div>
      </Trouble>
    </section>
  );
}
