import { Button } from '@mantine/core';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type KvCache, type Plan, sentenceOrText, type WayOut } from '#contract';
import { useSentence } from '../../i18n/index.ts';
import { bytesText, planParts, planRoom, planScale, StackedBar, shortestOf, useCommand } from '../../parts/index.ts';
import type { RunForm } from '../run-form.ts';
import { usePlannedRun } from './planned-run.ts';
import { usePlan } from './use-plan.ts';
import './run-plan.css';

const verdictClasses = { fits: 'fits', tight: 'tight', does_not_fit: 'over', cannot_tell: '' } as const;

/** The predicted memory of the next run under the chosen settings, applied or not. */
export function RunPlan(props: {
  model: string;
  dataset: string;
  work: NonNullable<RunForm['work']>;
  setters: RunForm['setters'];
  /** Runs the longest context that fits; undefined where the benchmark has no context to choose. */
  onFit: ((maxContext: number) => void) | undefined;
}) {
  const { model, dataset, work, setters, onFit } = props;
  const { t } = useTranslation();
  const sentence = useSentence();
  const { plan, error, late } = usePlan(model, work);
  const fit = useCommand('plan.make');
  useEffect(() => {
    usePlannedRun.setState({ planned: plan && { model, dataset, plan, stale: late } });
    return () => usePlannedRun.setState({ planned: null });
  }, [model, dataset, plan, late]);
  const [fitted, setFitted] = useState<Plan | null>(null);
  const fitContext = async () => {
    // No limit and no data type: the run starts under the settings in force.
    const found = await fit.run({ ...work, model, fit: true });
    setFitted(found);
    if (found?.fit?.context) onFit?.(found.fit.context.value);
  };
  return (
    <section className="plan" aria-label={t('plan.title')}>
      <div className="row small">
        <span className="grow">
          {t('plan.title')} <span className="dim">{t('plan.predicted')}</span>
        </span>
        {plan && (late ? <span className="tag">{t('plan.waiting')}</span> : <Verdict plan={plan} />)}
      </div>
      {!plan && !error && <div className="dim small">{t('plan.waiting')}</div>}
      {error && <div className="error small">{sentence(error.sentence)}</div>}
      {plan?.refusal_sentence && <div className="error small">{sentence(plan.refusal_sentence)}</div>}
      {plan && <Memory plan={plan} />}
      {plan && plan.chosen_chunk !== null && (
        <div className="dim small">{t(work.kv_cache === 'quantized' ? 'plan.inChunksQuantized' : 'plan.inChunks')}</div>
      )}
      {plan && !plan.refusal_sentence && <WaysOut plan={plan} setters={setters} />}
      {plan?.stopped_sentence && <div className="dim small">{sentence(plan.stopped_sentence)}</div>}
      {plan && work.fit && plan.fit?.batch && (
        <div className="small">{t('plan.widest', { count: plan.fit.batch.value })}</div>
      )}
      {onFit && !plan?.refusal_sentence && (
        <div className="row">
          <span className="grow" />
          <Button size="compact-xs" variant="default" title={t('plan.fitHint')} loading={fit.busy} onClick={fitContext}>
            {t('plan.fit')}
          </Button>
        </div>
      )}
      {fitted?.fit?.context === null && <div className="error small">{t('plan.nothingFits')}</div>}
      {fitted?.stopped_sentence && !fitted.fit && (
        <div className="error small">{sentence(fitted.stopped_sentence)}</div>
      )}
      {fit.error && <div className="error small">{sentence(fit.error.sentence)}</div>}
    </section>
  );
}

function Verdict({ plan }: { plan: Plan }) {
  const { t } = useTranslation();
  // What does not run has no use for memory that fits.
  if (plan.refusal_sentence) return <span className="tag over">{t('plan.refused')}</span>;
  return (
    <span className={`tag ${verdictClasses[plan.verdict]}`}>
      {plan.chosen_chunk === null
        ? t(`plan.verdict.${plan.verdict}`)
        : t('plan.verdictInChunks', { chunk: plan.chosen_chunk })}
    </span>
  );
}

function Memory({ plan }: { plan: Plan }) {
  const { t } = useTranslation();
  const sentence = useSentence();
  const room = plan.gpus.reduce((sum, gpu) => sum + planRoom(gpu), 0);
  const [low, high, allowed] = [plan.total_low, plan.total, room].map(bytesText);
  // The sum may well fit where no split of the layers does.
  const short = plan.verdict === 'does_not_fit' && plan.gpus.length > 1 ? shortestOf(plan.gpus) : null;
  const reason = sentence(sentenceOrText(plan.reason_sentence, plan.reason));
  return (
    <>
      <div className="small">
        {plan.gpus.length > 0 ? t('plan.peak', { low, high, allowed }) : t('plan.peakCpu', { high })}
        {plan.corrected_from > 0 && (
          <span className="dim"> · {t('plan.corrected', { count: plan.corrected_from })}</span>
        )}
        {plan.method !== 'traced' && <span className="dim"> · {t('plan.closedForm')}</span>}
      </div>
      {reason && <div className="dim small">{reason}</div>}
      {plan.gpus.map((gpu) => (
        <StackedBar
          key={gpu.index}
          parts={planParts(gpu)}
          scale={planScale(gpu)}
          room={planRoom(gpu)}
          title={plan.gpus.length > 1 ? t('plan.gpu', { index: gpu.index }) : null}
          labels={{ kept: t('plan.reserve') }}
        />
      ))}
      {short && <div className="small">{t('plan.short', { index: short.index, size: bytesText(short.bytes) })}</div>}
      {plan.offload && (
        <div className="dim small">{t('plan.offload', { size: bytesText(plan.offload.weights_on_cpu) })}</div>
      )}
    </>
  );
}

/** The changes that would make the run fit: a button where the panel has a control for it, else plain text. */
function WaysOut({ plan, setters }: { plan: Plan; setters: RunForm['setters'] }) {
  const { t } = useTranslation();
  const sentence = useSentence();
  const change = useCommand('settings.change');
  if (plan.ways_out.length === 0) return null;
  const applierOf = (name: WayOut['change'], to: number | string): (() => void) | undefined => {
    if (name === 'limit') return () => void change.run({ values: { LBS_GPU_MEMORY_LIMIT: to } });
    if (name === 'dtype') return () => void change.run({ values: { LBS_TORCH_DTYPE: to as 'bfloat16' } });
    if (name === 'kv_offload' || name === 'kv_quantized') {
      return setters.kvCache && (() => setters.kvCache?.(to as KvCache));
    }
    const set = setters[name];
    return set && (() => set(Number(to)));
  };
  return (
    <div className="ways small">
      <span className="dim">{t('plan.fits')}</span>
      {plan.ways_out.map(({ change: name, to, total }) => {
        const label = t(`plan.way.${name}`, { to });
        const onClick = applierOf(name, to);
        if (!onClick) return <span key={name}>{label}</span>;
        return (
          <Button key={name} size="compact-xs" variant="default" title={bytesText(total)} onClick={onClick}>
            {label}
          </Button>
        );
      })}
      {plan.ways_out.map(
        ({ change: name, price_sentence: price }) =>
          price && (
            <div key={name} className="dim whole">
              {t('plan.price', { way: t(`plan.way.${name}`), price: sentence(price) })}
            </div>
          ),
      )}
      {change.error && <div className="error">{sentence(change.error.sentence)}</div>}
    </div>
  );
}
