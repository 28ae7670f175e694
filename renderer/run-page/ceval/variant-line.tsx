import { useTranslation } from 'react-i18next';
import type { CevalResult } from '#contract';

/** How a result was made: two results compare only where this is the same. */
export function VariantLine({ result }: { result: CevalResult }) {
  const { t } = useTranslation();
  const { variant, shots, scoring, split, chat_template, kv_cache, unanswered, truncated } = result;
  return (
    <div className="dim small">
      {t('runs.variant', { variant })}
      {` · ${t('runs.shots', { count: shots })}`}
      {` · ${scoring === 'generation' ? t('run.scorings.generation') : t('run.scorings.loglikelihood')}`}
      {chat_template && ` · ${t('runs.chatTemplate')}`}
      {split !== 'val' && ` · ${split}`}
      {kv_cache === 'quantized' && ` · ${t('runs.quantizedCache')}`}
      {unanswered > 0 && ` · ${t('runs.unanswered', { count: unanswered })}`}
      {truncated > 0 && ` · ${t('runs.truncated', { count: truncated })}`}
    </div>
  );
}
