import { Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useSentence } from '../../i18n/index.ts';
import type { RunPlans } from './use-run-plans.ts';

/** Runs at the longest context that fits, or says why that is not known; nothing until the answer is there. */
export function LongestContext(props: {
  longest: RunPlans['longest'];
  /** Null: nothing can be run now. */
  onRun: ((context: number) => void) | null;
}) {
  const { longest, onRun } = props;
  const { t } = useTranslation();
  const sentence = useSentence();
  if (longest === null) return null;
  const { context, stopped } = longest;
  if (stopped) return <div className="dim small">{sentence(stopped)}</div>;
  if (context === null) return <div className="error small">{t('plan.nothingFits')}</div>;
  return (
    <div>
      <Button
        size="compact-xs"
        variant="default"
        disabled={onRun === null}
        title={t('plan.fitHint')}
        onClick={() => onRun?.(context)}
      >
        {t('plan.fit', { context: context.toLocaleString('en-US') })}
      </Button>
    </div>
  );
}
