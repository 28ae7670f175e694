import { lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import type { Settings } from '#contract';
import { useSentence } from '../i18n/index.ts';
import { Card, Fold, useCommand } from '../parts/index.ts';
import { useReplayed } from '../replay/index.ts';
import { usePlace } from '../routes/index.ts';
import { usePanelState } from '../store.ts';
import { ApplyRow } from './apply-row.tsx';
import { limitsSummary } from './limits-summary.ts';
import './limits.css';

// They are folded at first.
const LimitControls = lazy(async () => ({ default: (await import('./limit-controls.tsx')).LimitControls }));

const ID = 'limit-controls';

/** The limits of the next start on one line, which opens into their controls; Apply stays in sight while something is pending. */
export function Limits() {
  const { t } = useTranslation();
  const sentence = useSentence();
  const [place, setPlace] = usePlace('limits');
  const opened = place !== null;
  const summary = usePanelState(({ settings }) => limitsSummary(settings, t));
  const change = useCommand('settings.change');
  const set = (values: Partial<Settings>) => change.run({ values });
  // A recording is only read.
  const replayed = useReplayed(({ replay }) => replay !== null);
  if (replayed) {
    return (
      <Card title={t('settings.title')} actions={<span className="dim small">{summary}</span>}>
        {null}
      </Card>
    );
  }
  return (
    <Card
      title={t('settings.title')}
      className="limits"
      actions={
        <Fold name={t('settings.title')} id={ID} opened={opened} onToggle={() => setPlace(opened ? null : '1')}>
          {summary}
        </Fold>
      }
    >
      {opened && (
        <div className="stack" id={ID}>
          <Suspense>
            <LimitControls onSet={set} />
          </Suspense>
        </div>
      )}
      {change.error && <div className="error small">{sentence(change.error.sentence)}</div>}
      <ApplyRow opened={opened} />
    </Card>
  );
}
