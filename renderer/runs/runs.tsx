import { Button, Progress } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Run, runParametersSchema } from '#contract';
import { Card, duration, useCommand, useWish, type Wish } from '../parts/index.ts';
import { usePanel } from '../store.ts';
import { Incident } from './incident/incident.tsx';
import { Result } from './result.tsx';
import { ResumeButtons } from './resume-buttons.tsx';

const SHOWN = 6;

export function Runs() {
  const { t } = useTranslation();
  const runs = usePanel((panel) => panel.runs);
  const newest = [...runs.values()].slice(-SHOWN).reverse();
  const wish = useWish('run');
  const wished = useWished(wish);
  const shown = wished && !newest.some(({ req_id }) => req_id === wished.req_id) ? [...newest, wished] : newest;
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
            open={i === 0 || wish?.ref === run.req_id}
            wish={wish?.ref === run.req_id ? wish : null}
          />
        ))}
      </div>
    </Card>
  );
}

/** The run that a mark on a chart belongs to: an older one than those that are listed has to be asked for. */
function useWished(wish: Wish | null): Run | null {
  const known = usePanel((panel) => (wish ? panel.runs.get(wish.ref) : undefined));
  const [older, setOlder] = useState<Run | null>(null);
  const { run: get } = useCommand('runs.get');
  useEffect(() => {
    if (wish && !known) void get({ req_id: wish.ref }).then(setOlder);
  }, [wish, known, get]);
  return known ?? (older?.req_id === wish?.ref ? older : null);
}

const look: Record<Run['status'], string> = {
  queued: '',
  processing: 'tight',
  completed: 'fits',
  failed: 'over',
  cancelled: '',
};

function RunRow({ run, open, wish }: { run: Run; open: boolean; wish: Wish | null }) {
  const row = useRef<HTMLDivElement>(null);
  const { t } = useTranslation();
  const cancel = useCommand('runs.cancel');
  const on = run.status === 'queued' || run.status === 'processing';
  useEffect(() => {
    if (!wish) return;
    row.current?.scrollIntoView({ block: 'nearest' });
    row.current?.focus({ preventScroll: true });
  }, [wish]);
  return (
    <div ref={row} tabIndex={-1} className="lookable">
      <div className="row">
        <span className="grow cut">
          {run.dataset.split('/').at(-1)} <span className="dim">{run.model.split(/[\\/]/).at(-1)}</span>
        </span>
        {on && (
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
        <span className={`tag ${look[run.status]}`}>{t(`runs.status.${run.status}`)}</span>
      </div>
      {run.status === 'processing' && <OnNow run={run} />}
      {run.status === 'failed' && <Failure key={String(open)} run={run} open={open} />}
      {run.status === 'cancelled' && <ResumeButtons run={run} ways={[]} />}
      {cancel.error && <div className="error small">{cancel.error.message}</div>}
      {run.status === 'completed' && open && <Result run={run} />}
    </div>
  );
}

function OnNow({ run }: { run: Run }) {
  const { t } = useTranslation();
  const left = run.estimated_remaining_seconds;
  const { stage } = run;
  const now = stage ? t(`runs.stage.${stage.name}`, { percent: Math.round(100 * stage.share) }) : run.current_question;
  return (
    <>
      <Progress
        value={stage ? 100 * stage.share : run.progress_percentage}
        color={stage ? 'gray' : undefined}
        size="sm"
        my={4}
        transitionDuration={0}
        aria-label={now || t('runs.status.processing')}
      />
      <div className="row dim small">
        <span className="grow">{now}</span>
        {/* Nothing is counted while the run is planned and loaded. */}
        {run.total_items > 0 && (
          <span>
            {run.current_item} / {run.total_items}
            {left !== null && ` · ${t('runs.left', { time: duration(left * 1_000) })}`}
          </span>
        )}
      </div>
    </>
  );
}

/** The newest opens by itself, and closes when a newer one comes; an older one asks for its evidence when it is opened. */
function Failure({ run, open }: { run: Run; open: boolean }) {
  const { t } = useTranslation();
  const [opened, setOpened] = useState(open);
  return (
    <>
      <details open={opened} onToggle={(event) => setOpened(event.currentTarget.open)}>
        <summary className="small">{t('incident.title')}</summary>
        {opened && <Incident run={run} />}
      </details>
      {run.error_code === 'offload_needs_consent' && <Again run={run} />}
    </>
  );
}

function Again({ run }: { run: Run }) {
  const { t } = useTranslation();
  const submit = useCommand('runs.submit');
  const again = () => {
    const parameters = runParametersSchema.parse(run.parameters);
    void submit.run({ model: run.model, dataset: run.dataset, parameters, offload: 'auto' });
  };
  return (
    <>
      <Button variant="default" size="compact-xs" mt={4} loading={submit.busy} onClick={again}>
        {t('runs.again')}
      </Button>
      {submit.error && <div className="error small">{submit.error.message}</div>}
    </>
  );
}
