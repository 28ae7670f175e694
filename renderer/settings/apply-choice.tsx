import { Button } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Applied, Run } from '#contract';
import { useCommand } from '../parts/index.ts';
import { usePanel, usePanelState } from '../store.ts';
import './apply-choice.css';

/** Apply; with a run on, the person says when. */
export function ApplyChoice({ disabled }: { disabled: boolean }) {
  const { t } = useTranslation();
  const applying = usePanelState((state) => state.applying);
  const run = usePanel(({ runs }) => [...runs.values()].find(({ status }) => status === 'processing'));
  const [asking, setAsking] = useState(false);
  const apply = useCommand('settings.apply');
  const cancel = useCommand('settings.cancelApply');
  const failure = (apply.error ?? cancel.error)?.message;
  const go = async (when: 'now' | 'afterRun') => {
    setAsking(false);
    const applied = await apply.run({ when });
    if (applied) tellDiffering(applied, t);
  };

  if (applying || (asking && run))
    return (
      <fieldset className="choice stack" aria-label={t('settings.when')}>
        <div className="small">{applying ? t('settings.waiting') : t('settings.when')}</div>
        <div className="row">
          <Button size="xs" color="red" variant="light" loading={apply.busy} onClick={() => go('now')}>
            {run ? t('settings.now', { place: placeOf(run, t) }) : t('settings.apply')}
          </Button>
          {!applying && (
            <Button size="xs" autoFocus onClick={() => go('afterRun')}>
              {t('settings.afterRun')}
            </Button>
          )}
          <Button
            size="xs"
            variant="subtle"
            color="gray"
            onClick={() => (applying ? cancel.run({}) : setAsking(false))}
          >
            {t('settings.cancel')}
          </Button>
        </div>
        {failure && <div className="error">{failure}</div>}
      </fieldset>
    );
  return (
    <>
      <Button size="xs" disabled={disabled} loading={apply.busy} onClick={() => (run ? setAsking(true) : go('now'))}>
        {t('settings.apply')}
      </Button>
      {failure && <div className="error">{failure}</div>}
    </>
  );
}

type Translate = ReturnType<typeof useTranslation>['t'];

const placeOf = (run: Run, t: Translate) =>
  run.total_items > 0
    ? t('settings.place', { current: run.current_item, total: run.total_items })
    : t('settings.beginning');

/** What was asked for and is not in force must not stay unsaid. */
function tellDiffering({ differing }: Applied, t: Translate): void {
  for (const { name, asked, inForce, because } of differing)
    notifications.show({
      color: 'yellow',
      autoClose: 10_000,
      closeButtonProps: { 'aria-label': t('notices.dismiss') },
      message: t(`settings.differs.${because}`, { name, asked: String(asked), inForce: String(inForce) }),
    });
}
