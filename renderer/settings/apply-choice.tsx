import { Button } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Applied, Run } from '#contract';
import { useSentence } from '../i18n/index.ts';
import { useCommand } from '../parts/index.ts';
import { usePanel, usePanelState } from '../store.ts';
import './apply-choice.css';

/** The Apply button. While a run is in progress, it asks when the backend should restart. */
export function ApplyChoice({ disabled }: { disabled: boolean }) {
  const { t } = useTranslation();
  const sentence = useSentence();
  const applying = usePanelState((state) => state.applying);
  const run = usePanel(({ runs }) => [...runs.values()].find(({ status }) => status === 'processing'));
  const [asking, setAsking] = useState(false);
  const apply = useCommand('settings.apply');
  const cancel = useCommand('settings.cancelApply');
  const error = apply.error ?? cancel.error;
  const applyAt = async (when: 'now' | 'afterRun') => {
    setAsking(false);
    const applied = await apply.run({ when });
    if (applied) notifyOfDifferences(applied, t);
  };
  const message = error && <div className="error">{sentence(error.sentence)}</div>;

  if (!applying && !(asking && run))
    return (
      <>
        <Button
          size="xs"
          disabled={disabled}
          loading={apply.busy}
          onClick={() => (run ? setAsking(true) : applyAt('now'))}
        >
          {t('settings.apply')}
        </Button>
        {message}
      </>
    );
  return (
    <fieldset className="choice stack" aria-label={t('settings.when')}>
      <div className="small">{applying ? t('settings.waiting') : t('settings.when')}</div>
      <div className="row">
        <Button size="xs" color="red" variant="light" loading={apply.busy} onClick={() => applyAt('now')}>
          {run ? t('settings.now', { progress: progressText(run, t) }) : t('settings.apply')}
        </Button>
        {!applying && (
          <Button size="xs" autoFocus onClick={() => applyAt('afterRun')}>
            {t('settings.afterRun')}
          </Button>
        )}
        <Button size="xs" variant="subtle" color="gray" onClick={() => (applying ? cancel.run({}) : setAsking(false))}>
          {t('settings.cancel')}
        </Button>
      </div>
      {message}
    </fieldset>
  );
}

type Translate = ReturnType<typeof useTranslation>['t'];

const progressText = (run: Run, t: Translate) =>
  run.total_items > 0
    ? t('settings.progress', { current: run.current_item, total: run.total_items })
    : t('settings.beforeFirst');

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
