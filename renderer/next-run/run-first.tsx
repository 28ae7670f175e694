import { useTranslation } from 'react-i18next';
import { Card } from '../parts/index.ts';
import { usePanelState } from '../store.ts';
import { NextRun } from './next-run.tsx';

/** The next run. A foreign backend takes no runs from here, so a sentence says so instead. */
export function RunFirst() {
  const { t } = useTranslation();
  const name = usePanelState(({ profiles }) => profiles.list.find(({ id }) => id === profiles.chosen)?.name);
  if (name === undefined) return <NextRun />;
  return (
    <Card title={t('run.title')}>
      <p className="dim" style={{ margin: '6px 0 0' }}>
        {t('profile.runs', { name })}
      </p>
    </Card>
  );
}
