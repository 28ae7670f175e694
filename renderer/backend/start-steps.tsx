import { useTranslation } from 'react-i18next';
import type { StartStep } from '#contract';
import { Card, useNow } from '../parts/index.ts';
import { usePanelState } from '../store.ts';
import { isSlow } from './step-times.ts';
import './start-steps.css';

/** Each step of a start with its time while it is on, so that a start is never a mystery. Nothing once all is ready. */
export function StartSteps() {
  const { t } = useTranslation();
  const { phase, steps, usualMs, lastLine } = usePanelState((state) => state.backend);
  const waits = (phase === 'starting' || phase === 'ready') && steps.some((step) => step.endedAt === null);
  const now = useNow(100, waits);
  const begun = steps[0]?.startedAt;
  // A warm start is over before anybody could read this: it would only flicker.
  if (!waits || begun === undefined || now - begun < SHOWN_AFTER_MS) return null;
  return (
    <Card title={t('steps.title')}>
      <ol className="steps">
        {steps.map((step) => (
          <Step key={step.name} step={step} now={now} usualMs={usualMs[step.name]} />
        ))}
      </ol>
      {lastLine && <div className="dim small last-line">{lastLine}</div>}
    </Card>
  );
}

const SHOWN_AFTER_MS = 700;

function Step({ step, now, usualMs }: { step: StartStep; now: number; usualMs: number | undefined }) {
  const { t } = useTranslation();
  const took = (step.endedAt ?? now) - step.startedAt;
  const slow = isSlow(step, now, usualMs);
  return (
    <li className={step.endedAt === null ? 'on' : 'done'} aria-current={step.endedAt === null ? 'step' : undefined}>
      <span className="grow">{t(`steps.${step.name}`)}</span>
      {slow && <span className="warning">{t('steps.slow', { usual: seconds(usualMs ?? 0) })}</span>}
      <span className="number">{seconds(took)}</span>
    </li>
  );
}

const seconds = (ms: number) => `${(ms / 1_000).toFixed(1)} s`;
