import { Progress } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { type Run, sentenceOrText } from '#contract';
import { useSentence } from '../../i18n/index.ts';
import { Card, duration } from '../../parts/index.ts';
import { ResumeButtons } from '../resume-buttons.tsx';

/** How far a run is; of one that was cancelled, how it goes on. */
export function ProgressCard({ run }: { run: Run }) {
  const { t } = useTranslation();
  if (run.status === 'processing')
    return (
      <Card title={t('runPage.progress')}>
        <RunProgress run={run} />
      </Card>
    );
  if (run.status === 'queued')
    return (
      <Card title={t('runPage.progress')}>
        <div className="dim run-gap">{t('runPage.queued')}</div>
      </Card>
    );
  if (run.status !== 'cancelled') return null;
  return (
    <Card title={t('runPage.stopped')}>
      <div className="run-gap">
        <ResumeButtons run={run} ways={[]} />
      </div>
    </Card>
  );
}

function RunProgress({ run }: { run: Run }) {
  const { t } = useTranslation();
  const sentence = useSentence();
  const left = run.estimated_remaining_seconds;
  const { stage } = run;
  const doing = stage
    ? t(`runs.stage.${stage.name}`, { percent: Math.round(100 * stage.share) })
    : sentence(sentenceOrText(run.current_question_sentence, run.current_question));
  return (
    <>
      <Progress
        value={stage ? 100 * stage.share : run.progress_percentage}
        color={stage ? 'gray' : 'blue'}
        size="sm"
        my={6}
        transitionDuration={0}
        aria-label={doing || t('runs.status.processing')}
      />
      <div className="row dim small">
        <span className="grow cut">{run.paused ? t('runs.paused') : doing}</span>
        {/* The number of items is unknown while the run is planned and the model loads. */}
        {run.total_items > 0 && (
          <span>
            {run.current_item} / {run.total_items}
            {left !== null && !run.paused && ` · ${t('runs.left', { time: duration(left * 1_000) })}`}
          </span>
        )}
      </div>
      {run.unsaved_items > 0 && <div className="error small">{t('runs.unsaved', { count: run.unsaved_items })}</div>}
    </>
  );
}
