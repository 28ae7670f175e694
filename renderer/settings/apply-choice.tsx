import { Button } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useTranslation } from 'react-i18next';
import type { Applied } from '#contract';
import { useSentence } from '../i18n/index.ts';
import { useDecision } from '../parts/index.ts';

/** The Apply button. While a run is in progress, it asks when the backend should restart. */
export function ApplyChoice({ disabled }: { disabled: boolean }) {
  const { t } = useTranslation();
  const sentence = useSentence();
  const apply = useDecision('settings.apply', 'apply', (applied) => applied && notifyOfDifferences(applied, t));
  return (
    <>
      <Button size="xs" disabled={disabled} loading={apply.busy} onClick={() => void apply.run()}>
        {t('settings.apply')}
      </Button>
      {apply.error && <div className="error">{sentence(apply.error.sentence)}</div>}
      {apply.dialog}
    </>
  );
}

type Translate = ReturnType<typeof useTranslation>['t'];

/** Reports each setting that the backend runs with a value other than the one that was applied. */
function notifyOfDifferences({ differing }: Applied, t: Translate): void {
  for (const { name, asked, inForce, because } of differing)
    notifications.show({
      color: 'yellow',
      autoClose: 10_000,
      closeButtonProps: { 'aria-label': t('notices.dismiss') },
      message: t(`settings.differs.${because}`, { name, asked: String(asked), inForce: String(inForce) }),
    });
}
