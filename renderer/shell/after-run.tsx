import { Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useSentence } from '../i18n/index.ts';
import { useCommand } from '../parts/index.ts';
import { usePanelState } from '../store.ts';

/** What happens when the current run finishes, and a button that undoes the decision. */
export function AfterRun() {
  const { t } = useTranslation();
  const sentence = useSentence();
  const afterRun = usePanelState((state) => state.afterRun);
  const cancel = useCommand('afterRun.cancel');
  if (!afterRun) return null;
  return (
    <section className="card" role="status" aria-label={t('when.label')}>
      <div className="row">
        <span className="grow">{t(`when.done.${afterRun.action}`)}</span>
        <Button size="xs" variant="default" flex="none" loading={cancel.busy} onClick={() => cancel.run({})}>
          {t('when.undo')}
        </Button>
      </div>
      {cancel.error && <div className="error">{sentence(cancel.error.sentence)}</div>}
    </section>
  );
}
