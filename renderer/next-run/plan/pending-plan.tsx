import { Button } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSentence } from '../../i18n/index.ts';
import { useApply } from '../../settings/index.ts';
import type { Setters } from '../run-form.ts';
import { limitWords } from './limit-words.ts';
import type { RunPlans } from './use-run-plans.ts';
import { Verdict } from './verdict.tsx';
import { WaysOut } from './ways-out.tsx';

/** The verdict under the pending settings, and the button that applies them and runs. */
export function PendingPlan(props: {
  pending: NonNullable<RunPlans['pending']>;
  setters: Setters;
  onApplied: (() => void) | null;
}) {
  const { pending, setters, onApplied } = props;
  const { plan, error, stale, planned, unplanned } = pending;
  const { t } = useTranslation();
  const sentence = useSentence();
  const [differs, setDiffers] = useState(false);
  // Null: it waits for the run in progress, and so do queued runs.
  const apply = useApply((applied) => {
    const isOther = applied !== null && applied.differing.length > 0;
    setDiffers(isOther);
    if (!isOther) onApplied?.();
  });
  const dtype = planned?.dtype === 'default' ? null : planned?.dtype;
  const words = planned && [limitWords(planned.limit, t), dtype].filter(Boolean).join(' · ');
  return (
    <section className={stale ? 'pending stale' : 'pending'} aria-label={t('plan.pendingTitle')}>
      <div className="row small">
        <span className="grow">
          {words === null ? t('plan.withPending') : t('plan.underPending', { limit: words })}
        </span>
        {plan ? <Verdict plan={plan} /> : stale && <span className="dim">{t('plan.waiting')}</span>}
        <Button
          size="compact-xs"
          variant="default"
          disabled={apply.disabled || stale || onApplied === null}
          loading={apply.busy}
          onClick={() => void apply.run()}
        >
          {t('plan.applyAndRun')}
        </Button>
      </div>
      {error && <div className="error small">{sentence(error.sentence)}</div>}
      {plan?.refusal_sentence && <div className="error small">{sentence(plan.refusal_sentence)}</div>}
      {unplanned.length > 0 && <div className="dim small">{t('plan.unplanned', { names: unplanned.join(', ') })}</div>}
      {plan && !plan.refusal_sentence && <WaysOut plan={plan} setters={setters} />}
      {apply.error && <div className="error small">{sentence(apply.error.sentence)}</div>}
      {differs && <div className="error small">{t('plan.appliedOther')}</div>}
      {apply.dialog}
    </section>
  );
}
