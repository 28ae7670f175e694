import { Button, CloseButton, Tooltip } from '@mantine/core';
import { IconAlertTriangle, IconCircleCheck, IconLoader, IconPlayerSkipForward } from '@tabler/icons-react';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { useSentence } from '../i18n/index.ts';
import { useCommand } from '../parts/index.ts';
import { Creation } from '../python/index.ts';
import { paths } from '../routes/index.ts';
import { usePanelState } from '../store.ts';
import { type StepState, stepsOf } from './steps.ts';
import './first-run.css';

const icons = {
  done: IconCircleCheck,
  working: IconLoader,
  missing: IconAlertTriangle,
  skipped: IconPlayerSkipForward,
} as const;

/** Three ticks that find themselves, with one button for what is missing. */
export default function FirstRunCard({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const steps = usePanelState(useStable);
  const done = usePanelState((state) => state.firstRun.done);
  const dismiss = useCommand('firstRun.dismiss');
  const isComplete = steps.every(({ state }) => state === 'done' || state === 'skipped');
  const { run } = dismiss;
  useEffect(() => {
    if (isComplete && !done) void run({});
  }, [isComplete, done, run]);
  const close = () => {
    if (!done) void run({});
    onClose();
  };
  return (
    <section className="card first-run" aria-label={t('firstRun.title')}>
      <header>
        <h2>{t(isComplete ? 'firstRun.complete' : 'firstRun.title')}</h2>
        <span className="grow" />
        <Tooltip label={t('firstRun.close')}>
          <CloseButton size="sm" aria-label={t('firstRun.close')} onClick={close} />
        </Tooltip>
      </header>
      <ol>
        {steps.map((step) => (
          <Step key={step.step} step={step} />
        ))}
      </ol>
    </section>
  );
}

let last: { key: string; steps: StepState[] } = { key: '', steps: [] };

/** The same list while nothing in it has changed, so that a tick of the state draws nothing. */
function useStable(state: Parameters<typeof stepsOf>[0]): StepState[] {
  const steps = stepsOf(state);
  const key = JSON.stringify(steps);
  if (key !== last.key) last = { key, steps };
  return last.steps;
}

function Step({ step: { step, state, situation, sentence } }: { step: StepState }) {
  const { t } = useTranslation();
  const say = useSentence();
  const skip = useCommand('firstRun.skip');
  const Icon = icons[state];
  const words = state === 'skipped' ? t('firstRun.skipped') : (say(sentence) ?? t(`firstRun.${step}.${situation}`));
  return (
    <li className={state}>
      <Icon size={18} role="img" aria-label={t(`firstRun.state.${state}`)} />
      <strong>{t(`firstRun.${step}.name`)}</strong>
      <div className="words">
        <span role="status">{words}</span>
        {state === 'missing' && sentence && t(`firstRun.${step}.${situation}`) !== '' && (
          <span className="dim"> {t(`firstRun.${step}.${situation}`)}</span>
        )}
        {step === 'python' && <NewPython state={state} situation={situation} />}
      </div>
      {state === 'missing' && (
        <span className="row buttons">
          <WayOut step={step} situation={situation} />
          <Button variant="subtle" color="gray" size="compact-xs" onClick={() => void skip.run({ step })}>
            {t('firstRun.skip')}
            <span className="visually-hidden"> {t(`firstRun.${step}.name`)}</span>
          </Button>
        </span>
      )}
    </li>
  );
}

/** The environment that is being made, or why the last one was not, and the way to choose another. */
function NewPython({ state, situation }: Pick<StepState, 'state' | 'situation'>) {
  const { t } = useTranslation();
  const say = useSentence();
  const failure = usePanelState((panel) => panel.python.failure);
  if (situation === 'creating') return <Creation />;
  if (state !== 'missing') return null;
  return (
    <div className="small">
      <Link href={paths.settings('python')}>{t('firstRun.python.choose')}</Link>
      {failure && <div className="error">{say(failure)}</div>}
    </div>
  );
}

/** The one button of a step that is missing. */
function WayOut({ step, situation }: Pick<StepState, 'step' | 'situation'>) {
  const { t } = useTranslation();
  const start = useCommand('backend.start');
  const skip = useCommand('firstRun.skip');
  const create = useCommand('python.create');
  const say = useSentence();
  if (step === 'gpu' && situation === 'noDriver')
    return (
      <Button size="compact-xs" onClick={() => void skip.run({ step })}>
        {t('firstRun.gpu.useEmulator')}
      </Button>
    );
  if (step === 'backend' && situation === 'stopped')
    return (
      <Button size="compact-xs" loading={start.busy} onClick={() => void start.run({})}>
        {t('backend.start')}
      </Button>
    );
  if (step === 'python')
    return (
      <>
        {create.error && <span className="error small">{say(create.error.sentence)}</span>}
        <Button size="compact-xs" loading={create.busy} onClick={() => void create.run({})}>
          {t('python.create')}
        </Button>
      </>
    );
  return (
    <Button component={Link} href={paths.settings('checks')} variant="default" size="compact-xs">
      {t('firstRun.openChecks')}
    </Button>
  );
}
