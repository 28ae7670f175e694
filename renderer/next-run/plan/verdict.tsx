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

/** The run would be refused: it does not fit, also not with layers on the CPU, or the GPU does not compute it. */
export const isHopeless = ({ refusal_sentence, verdict, offload }: Plan) =>
  refusal_sentence !== null || (verdict === 'does_not_fit' && offload === null);
