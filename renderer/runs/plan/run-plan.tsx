import { Button } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { PanelError, type Plan, type WayOut } from '#contract';
import { bytesText, planParts, planRoom, planScale, StackedBar, useCommand } from '../../parts/index.ts';
import { nextValue } from '../../settings/index.ts';
import { core, usePanelState } from '../../store.ts';
import type { RunForm } from '../run-form.ts';
import { useTaken } from './others-memory.ts';

/** A slider is moved in many steps: the plan follows when it rests. */
const REST_MS = 250;

type Work = NonNullable<RunForm['work']>;

const look = { fits: 'fits', tight: 'tight', does_not_fit: 'over', cannot_tell: '' } as const;

/** What the run will need under the settings as they are chosen, applied or not: always predicted, never measured. */
export function RunPlan(props: {
  model: string;
  work: Work;
  take: RunForm['take'];
  /** Runs the longest context that fits; absent where nothing is to be chosen. */
  onFit: ((most: number) => void) | undefined;
}) {
  const { model, work, take, onFit } = props;
  const { t } = useTranslation();
  const { plan, error } = usePlan(model, work);
  const fit = useCommand('plan.make');
  const [none, setNone] = useState(false);
  const fitIt = async () => {
    // Under what is in force, since the run will be: no limit and no type are sent.
    const found = await fit.run({ ...work, model, fit: true });
    setNone(found?.fit?.context === null);
    if (found?.fit?.context) onFit?.(found.fit.context.value);
  };
  return (
    <section className="plan" aria-label={t('plan.title')}>
      <div className="row small">
        <span className="grow">
          {t('plan.title')} <span className="dim">{t('plan.predicted')}</span>
        </span>
        {plan && <span className={`tag ${look[plan.verdict]}`}>{t(`plan.verdict.${plan.verdict}`)}</span>}
      </div>
      {!plan && !error && <div className="dim small">{t('plan.waiting')}</div>}
      {error && <div className="error small">{error.message}</div>}
      {plan && <Figures plan={plan} take={take} />}
      {plan && work.fit && plan.fit?.batch && (
        <div className="small">{t('plan.widest', { count: plan.fit.batch.value })}</div>
      )}
      {onFit && (
        <div className="row">
          <span className="grow" />
          <Button size="compact-xs" variant="default" title={t('plan.fitHint')} loading={fit.busy} onClick={fitIt}>
            {t('plan.fit')}
          </Button>
        </div>
      )}
      {none && <div className="error small">{t('plan.nothingFits')}</div>}
      {fit.error && <div className="error small">{fit.error.message}</div>}
    </section>
  );
}

/** The last answer stays until the next one is there. One question at a time: what was asked meanwhile and is no longer
 * wanted is never sent. */
function usePlan(model: string, work: Work) {
  const limit = usePanelState(({ settings }) => nextValue(settings, 'LBS_GPU_MEMORY_LIMIT'));
  const dtype = usePanelState(({ settings }) => nextValue(settings, 'LBS_TORCH_DTYPE'));
  const taken = useTaken();
  // Its text, since the form makes a new object each time it is drawn.
  const asking = JSON.stringify(work);
  const [plan, setPlan] = useState<Plan | null>(null);
  const [error, setError] = useState<PanelError | null>(null);
  const asked = useRef<Promise<void>>(Promise.resolve());
  // biome-ignore lint/correctness/useExhaustiveDependencies: what others hold is the core's to know; it has moved.
  useEffect(() => {
    let wanted = true;
    const ask = async () => {
      if (!wanted) return;
      try {
        const found = await core.call('plan.make', { ...(JSON.parse(asking) as Work), model, limit, dtype });
        if (wanted) setPlan(found);
        if (wanted) setError(null);
      } catch (failure) {
        if (wanted) setPlan(null);
        if (wanted) setError(PanelError.from(failure));
      }
    };
    const timer = setTimeout(() => {
      asked.current = asked.current.then(ask);
    }, REST_MS);
    return () => {
      wanted = false;
      clearTimeout(timer);
    };
  }, [model, asking, limit, dtype, taken]);
  return { plan, error };
}

function Figures({ plan, take }: { plan: Plan; take: RunForm['take'] }) {
  const { t } = useTranslation();
  const room = plan.gpus.reduce((sum, gpu) => sum + planRoom(gpu), 0);
  const [low, high, allowed] = [plan.total_low, plan.total, room].map(bytesText);
  return (
    <>
      <div className="small">
        {plan.gpus.length > 0 ? t('plan.peak', { low, high, allowed }) : t('plan.peakCpu', { high })}
        {plan.corrected_from > 0 && (
          <span className="dim"> · {t('plan.corrected', { count: plan.corrected_from })}</span>
        )}
        {plan.method !== 'traced' && (
          <span className="dim" title={plan.reason ?? ''}>
            {' '}
            · {t('plan.closedForm')}
          </span>
        )}
      </div>
      {plan.gpus.map((gpu) => (
        <StackedBar
          key={gpu.index}
          parts={planParts(gpu)}
          scale={planScale(gpu)}
          room={planRoom(gpu)}
          title={plan.gpus.length > 1 ? t('plan.gpu', { index: gpu.index }) : null}
          words={{ working: t('plan.activations'), kept: t('plan.reserve') }}
        />
      ))}
      {plan.offload && (
        <div className="dim small">{t('plan.offload', { size: bytesText(plan.offload.weights_on_cpu) })}</div>
      )}
      <Ways plan={plan} take={take} />
    </>
  );
}

/** Each is taken with one click where the panel has a control for it, else told. */
function Ways({ plan, take }: { plan: Plan; take: RunForm['take'] }) {
  const { t } = useTranslation();
  const change = useCommand('settings.change');
  if (plan.ways_out.length === 0) return null;
  const taking = (name: WayOut['change'], to: number | string): (() => void) | undefined => {
    if (name === 'limit') return () => void change.run({ values: { LBS_GPU_MEMORY_LIMIT: Number(to) } });
    if (name === 'dtype') return () => void change.run({ values: { LBS_TORCH_DTYPE: to as 'bfloat16' } });
    const own = take[name];
    return own && (() => own(Number(to)));
  };
  return (
    <div className="ways small">
      <span className="dim">{t('plan.fits')}</span>
      {plan.ways_out.map(({ change: name, to, total }) => {
        const words = t(`plan.way.${name}`, { to });
        const onClick = taking(name, to);
        if (!onClick) return <span key={name}>{words}</span>;
        return (
          <Button key={name} size="compact-xs" variant="default" title={bytesText(total)} onClick={onClick}>
            {words}
          </Button>
        );
      })}
      {change.error && <div className="error">{change.error.message}</div>}
    </div>
  );
}
