import { SegmentedControl } from '@mantine/core';
import { lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import { Card } from '../parts/index.ts';
import { useReplayed } from '../replay/index.ts';
import { usePlace } from '../routes/index.ts';
import { Lines } from './lines/lines.tsx';
import './log.css';

// The terminal is large, and most visits read lines.
const Terminal = lazy(async () => ({ default: (await import('./terminal.tsx')).Terminal }));

const views = ['lines', 'terminal'] as const;

/** The backend's output: as lines with time and level, or as the terminal that the backend writes to. */
export function Log() {
  const { t } = useTranslation();
  const [chosen, choose] = usePlace('view');
  // A recording holds the terminal only.
  const replayed = useReplayed(({ replay }) => replay !== null);
  const view = replayed || chosen === 'terminal' ? 'terminal' : 'lines';
  const tabs = !replayed && (
    <SegmentedControl
      size="xs"
      aria-label={t('log.view')}
      data={views.map((name) => ({ value: name, label: t(`log.views.${name}`) }))}
      value={view}
      onChange={(name) => choose(name === 'lines' ? null : name)}
    />
  );
  if (view === 'terminal')
    return (
      <Suspense
        fallback={
          <Card title={t('log.title')} actions={tabs}>
            {null}
          </Card>
        }
      >
        <Terminal tabs={tabs} />
      </Suspense>
    );
  return (
    <Card title={t('log.title')} actions={tabs}>
      <Lines />
    </Card>
  );
}
