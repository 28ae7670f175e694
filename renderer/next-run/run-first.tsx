import { useTranslation } from 'react-i18next';
import { Card } from '../parts/index.ts';
import { useReplayed } from '../replay/index.ts';
import { usePanelState } from '../store.ts';
import { NextRun } from './next-run.tsx';

/** The next run. A foreign backend and a recording take no runs from here, so a sentence says so instead. */
export function RunFirst() {
  const { t } = useTranslation();
  const name = usePanelState(({ profiles }) => profiles.list.find(({ id }) => id === profiles.chosen)?.name);
  const replayed = useReplayed(({ replay }) => replay !== null);
  if (name === undefined && !replayed) return <NextRun />;
  return (
    <Card title={t('run.title')} id="run">
      <p className="dim" style={{ margin: '6px 0 0' }}>
        {replayed ? t('run.replayed') : t('profile.runs', { name })}
      </p>
    </Card>
  );
}
