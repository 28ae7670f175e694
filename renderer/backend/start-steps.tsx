import { useTranslation } from 'react-i18next';
import type { StartStep } from '#contract';
import { Card, useNow } from '../parts/index.ts';
import { usePanelState } from '../store.ts';
import { isSlow } from './slow-step.ts';
import { useWorkerStep } from './use-worker-step.ts';
import './start-steps.css';

/** A warm start finishes sooner than anyone could read its steps: they would only flicker. */
const SHOWN_AFTER_MS = 700;

/** The steps of a start in progress, each with its duration. */
export function StartSteps() {
  const { t } = useTranslation();
  const { phase, worker, steps, typicalMs, lastLine } = usePanelState((state) => state.backend);
  const isOn = (phase === 'starting' || phase === 'ready') && worker !== 'failed';
  const inProgress = isOn && steps.some((step) => step.endedAt === null);
  const now = useNow(100, inProgress);
  const startedAt = steps[0]?.startedAt;
  if (!inProgress || startedAt === undefined || now - startedAt < SHOWN_AFTER_MS) return null;
  return (
    <Card title={t('steps.title')}>
      <ol className="steps">
        {steps.map((step) => (
          <Step key={step.name} step={step} now={now} typicalMs={typicalMs[step.name]} />
        ))}
      </ol>
      {lastLine && <div className="dim small last-line">{lastLine}</div>}
    </Card>
  );
}

function Step({ step, now, typicalMs }: { step: StartStep; now: number; typicalMs: number | undefined }) {
  const { t } = useTranslation();
  const workerStep = useWorkerStep();
  const elapsed = (step.endedAt ?? now) - step.startedAt;
  const slow = isSlow(step, now, typicalMs);
  return (
    <li className={step.endedAt === null ? 'on' : 'done'} aria-current={step.endedAt === null ? 'step' : undefined}>
      <span className="grow">
        {t(`steps.${step.name}`)}
        {step.name === 'worker' && workerStep && <span className="dim"> · {workerStep}</span>}
      </span>
      {slow && <span className="warning">{t('steps.slow', { time: seconds(typicalMs ?? 0) })}</span>}
      <span className="number">{seconds(elapsed)}</span>
    </li>
  );
}

const seconds = (ms: number) => `${(ms / 1_000).toFixed(1)} s`;
