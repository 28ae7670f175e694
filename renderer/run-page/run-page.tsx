import { Button, Progress } from '@mantine/core';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Run, runParametersSchema, sentenceOrText } from '#contract';
import { useSentence } from '../i18n/index.ts';
import { Card, duration, runStatusKey, statusClasses, useCommand } from '../parts/index.ts';
import { usePanel } from '../store.ts';
import { IncidentDetails } from './incident/incident.tsx';
import { ResumeButtons } from './resume-buttons.tsx';
import { Result } from './score/result.tsx';

/** One run: its progress, its result, or why it failed. */
export function RunPage({ id }: { id: string }) {
  const { t } = useTranslation();
  const sentence = useSentence();
  const run = useRun(id);
  const cancel = useCommand('runs.cancel');
  if (!run) return null;
  const name = `${run.dataset.split('/').at(-1)} \u00b7 ${run.model.split(/[\\/]/).at(-1)}`;
  return (
    <Card
      title={name}
      actions={
        <>
          {(run.status === 'queued' || run.status === 'processing') && (
            <Button
              variant="default"
              size="compact-xs"
              flex="none"
              loading={cancel.busy}
              onClick={() => cancel.run({ req_id: run.req_id })}
            >
              {t('runs.cancel')}
            </Button>
          )}
          <span className={`tag ${statusClasses[run.status]}`}>{t(runStatusKey(run))}</span>
        </>
      }
    >
      {run.status === 'processing' && <RunProgress run={run} />}
      {run.status === 'failed' && <Failure run={run} />}
      {run.status === 'cancelled' && <ResumeButtons run={run} ways={[]} />}
      {cancel.error && <div className="error small">{sentence(cancel.error.sentence)}</div>}
      {run.status === 'completed' && <Result run={run} />}
    </Card>
  );
}

/** A run that the core holds follows its changes; an older one is fetched. */
function useRun(id: string): Run | null {
  const listed = usePanel((panel) => panel.runs.get(id));
  const [older, setOlder] = useState<Run | null>(null);
  const { run: get } = useCommand('runs.get');
  useEffect(() => {
    if (!listed) void get({ req_id: id }).then(setOlder);
  }, [id, listed, get]);
  return listed ?? older;
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
        color={stage ? 'gray' : undefined}
        size="sm"
        my={4}
        transitionDuration={0}
        aria-label={doing || t('runs.status.processing')}
      />
      <div className="row dim small">
        <span className="grow">{run.paused ? t('runs.paused') : doing}</span>
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

function Failure({ run }: { run: Run }) {
  return (
    <>
      <IncidentDetails run={run} />
      {run.error_code === 'offload_needs_consent' && <RunWithOffload run={run} />}
    </>
  );
}

function RunWithOffload({ run }: { run: Run }) {
  const { t } = useTranslation();
  const sentence = useSentence();
  const submit = useCommand('runs.submit');
  const resubmit = () => {
    const parameters = runParametersSchema.parse(run.parameters);
    void submit.run({ model: run.model, dataset: run.dataset, parameters, offload: 'auto' });
  };
  return (
    <>
      <Button variant="default" size="compact-xs" mt={4} loading={submit.busy} onClick={resubmit}>
        {t('runs.runWithOffload')}
      </Button>
      {submit.error && <div className="error small">{sentence(submit.error.sentence)}</div>}
    </>
  );
}
