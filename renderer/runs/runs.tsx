import { Button, Progress } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Run, runParametersSchema, sentenceOrText } from '#contract';
import { useSentence } from '../i18n/index.ts';
import { Card, duration, type RevealTarget, useCommand, useRevealTarget } from '../parts/index.ts';
import { usePanel } from '../store.ts';
import { IncidentDetails } from './incident/incident.tsx';
import { Result } from './result.tsx';
import { ResumeButtons } from './resume-buttons.tsx';

const SHOWN = 6;

export function Runs() {
  const { t } = useTranslation();
  const runs = usePanel((panel) => panel.runs);
  const newest = [...runs.values()].slice(-SHOWN).reverse();
  const target = useRevealTarget('run');
  const targetRun = useTargetRun(target);
  const isListed = newest.some(({ req_id }) => req_id === targetRun?.req_id);
  const shown = targetRun && !isListed ? [...newest, targetRun] : newest;
  return (
    <Card title={t('runs.title')}>
      {shown.length === 0 && (
        <p className="dim" style={{ margin: '6px 0 0' }}>
          {t('runs.none')}
        </p>
      )}
      <div className="stack" style={{ marginTop: 6 }}>
        {shown.map((run, i) => (
          <RunRow
            key={run.req_id}
            run={run}
            open={i === 0 || target?.ref === run.req_id}
            target={target?.ref === run.req_id ? target : null}
          />
        ))}
      </div>
    </Card>
  );
}

/** The run that an event mark on a chart belongs to. A run that is too old for the list is fetched. */
function useTargetRun(target: RevealTarget | null): Run | null {
  const listed = usePanel((panel) => (target ? panel.runs.get(target.ref) : undefined));
  const [older, setOlder] = useState<Run | null>(null);
  const { run: get } = useCommand('runs.get');
  useEffect(() => {
    if (target && !listed) void get({ req_id: target.ref }).then(setOlder);
  }, [target, listed, get]);
  return listed ?? (older?.req_id === target?.ref ? older : null);
}

const statusClasses: Record<Run['status'], string> = {
  queued: '',
  processing: 'tight',
  completed: 'fits',
  failed: 'over',
  cancelled: '',
};

function RunRow({ run, open, target }: { run: Run; open: boolean; target: RevealTarget | null }) {
  const row = useRef<HTMLDivElement>(null);
  const { t } = useTranslation();
  const sentence = useSentence();
  const cancel = useCommand('runs.cancel');
  const canCancel = run.status === 'queued' || run.status === 'processing';
  useEffect(() => {
    if (!target) return;
    row.current?.scrollIntoView({ block: 'nearest' });
    row.current?.focus({ preventScroll: true });
  }, [target]);
  return (
    <div ref={row} tabIndex={-1} className="reveal-target">
      <div className="row">
        <span className="grow cut">
          {run.dataset.split('/').at(-1)} <span className="dim">{run.model.split(/[\\/]/).at(-1)}</span>
        </span>
        {canCancel && (
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
        <span className={`tag ${statusClasses[run.status]}`}>
          {t(run.error_code === 'stopped' ? 'runs.status.stopped' : `runs.status.${run.status}`)}
        </span>
      </div>
      {run.status === 'processing' && <RunProgress run={run} />}
      {run.status === 'failed' && <Failure key={String(open)} run={run} open={open} />}
      {run.status === 'cancelled' && <ResumeButtons run={run} ways={[]} />}
      {cancel.error && <div className="error small">{sentence(cancel.error.sentence)}</div>}
      {run.status === 'completed' && open && <Result run={run} />}
    </div>
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

/** Only the newest failure is open at first; the evidence of another is fetched when it is opened. */
function Failure({ run, open }: { run: Run; open: boolean }) {
  const { t } = useTranslation();
  const [opened, setOpened] = useState(open);
  return (
    <>
      <details open={opened} onToggle={(event) => setOpened(event.currentTarget.open)}>
        <summary className="small">{t('incident.title')}</summary>
        {opened && <IncidentDetails run={run} />}
      </details>
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
