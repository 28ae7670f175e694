import { useTranslation } from 'react-i18next';
import type { Plan } from '#contract';

const classes = { fits: 'fits', tight: 'tight', does_not_fit: 'over', cannot_tell: '' } as const;

export function Verdict({ plan }: { plan: Plan }) {
  const { t } = useTranslation();
  // What does not run has no use for memory that fits.
  if (plan.refusal_sentence) return <span className="tag over">{t('plan.refused')}</span>;
  return (
    <span className={`tag ${classes[plan.verdict]}`}>
      {plan.chosen_chunk === null
        ? t(`plan.verdict.${plan.verdict}`)
        : t('plan.verdictInChunks', { chunk: plan.chosen_chunk })}
    </span>
  );
}

/** The run would not do: it does not fit, or it is refused. */
export const isHopeless = (plan: Plan) => plan.refusal_sentence !== null || plan.verdict === 'does_not_fit';
