import { useTranslation } from 'react-i18next';
import type { Plan } from '#contract';
import { useSentence } from '../../i18n/index.ts';
import type { PlannedWork, Setters } from '../run-form.ts';
import { limitWords } from './limit-words.ts';
import { LongestContext } from './longest-context.tsx';
import { PendingPlan } from './pending-plan.tsx';
import { PeakText, PlanMemory } from './plan-memory.tsx';
import type { RunPlans } from './use-run-plans.ts';
import { Verdict } from './verdict.tsx';
import { WaysOut } from './ways-out.tsx';
import './run-plan.css';

/** The predicted memory of the next run under the settings in force, and the verdict under pending ones below it. */
export function RunPlan(props: {
  plans: RunPlans;
  work: PlannedWork;
  setters: Setters;
  /** Runs once the pending settings are in force; null where the form has nothing to run. */
  onApplied: (() => void) | null;
  /** Runs at the longest context that fits; null where nothing can be run now. */
  onLongest: ((context: number) => void) | null;
}) {
  const { plans, work, setters, onApplied, onLongest } = props;
  const { inForce, pending } = plans;
  const { plan, error, stale } = inForce;
  const { t } = useTranslation();
  const sentence = useSentence();
  const standing = stale ? 'part stale' : 'part';
  return (
    <section className="plan" aria-label={t('plan.title')} aria-busy={stale || (pending?.stale ?? false)}>
      <div className={standing}>
        <div className="row">
          <strong className="grow">
            {plan ? <PeakText plan={plan} /> : stale && <span className="dim small">{t('plan.waiting')}</span>}
          </strong>
          {plan && <Verdict plan={plan} />}
        </div>
        {plan && (
          <div className="dim small">
            {pending && `${t('plan.underInForce', { limit: limitWords(plans.limitInForce, t) })} · `}
            <Basis plan={plan} />
          </div>
        )}
        {error && <div className="error small">{sentence(error.sentence)}</div>}
        {plan?.refusal_sentence && <div className="error small">{sentence(plan.refusal_sentence)}</div>}
        {plan && !plan.refusal_sentence && <LongestContext longest={plans.longest} onRun={onLongest} />}
      </div>
      {pending && <PendingPlan pending={pending} setters={setters} onApplied={onApplied} />}
      {plan && (
        <div className={standing}>
          {!plan.refusal_sentence && <WaysOut plan={plan} setters={setters} />}
          <PlanMemory plan={plan} />
          <Notes plan={plan} work={work} />
        </div>
      )}
    </section>
  );
}

/** "predicted, corrected by 2 runs". */
function Basis({ plan }: { plan: Plan }) {
  const { t } = useTranslation();
  return (
    <>
      {[
        t('plan.predicted'),
        plan.corrected_from > 0 && t('plan.corrected', { count: plan.corrected_from }),
        plan.method !== 'traced' && t('plan.closedForm'),
      ]
        .filter(Boolean)
        .join(' · ')}
    </>
  );
}

function Notes({ plan, work }: { plan: Plan; work: PlannedWork }) {
  const { t } = useTranslation();
  const sentence = useSentence();
  return (
    <>
      {plan.chosen_chunk !== null && (
        <div className="dim small">{t(work.kv_cache === 'quantized' ? 'plan.inChunksQuantized' : 'plan.inChunks')}</div>
      )}
      {plan.stopped_sentence && <div className="dim small">{sentence(plan.stopped_sentence)}</div>}
      {work.fit && plan.fit?.batch && <div className="small">{t('plan.widest', { count: plan.fit.batch.value })}</div>}
    </>
  );
}
