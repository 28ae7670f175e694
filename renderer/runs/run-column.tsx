import { useTranslation } from 'react-i18next';
import { Card } from '../parts/index.ts';
import { usePanelState } from '../store.ts';
import { NextRun } from './next-run.tsx';
import { Runs } from './runs.tsx';

/** The next run and the list of runs. A foreign backend takes no runs from here, so a sentence says so instead. */
export function RunColumn() {
  const { t } = useTranslation();
  const name = usePanelState(({ profiles }) => profiles.list.find(({ id }) => id === profiles.chosen)?.name);
  if (name === undefined)
    return (
      <>
        <NextRun />
        <Runs />
      </>
    );
  return (
    <Card title={t('runs.title')}>
      <p className="dim" style={{ margin: '6px 0 0' }}>
        {t('profile.runs', { name })}
      </p>
    </Card>
  );
}
