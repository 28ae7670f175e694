import { Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Settings } from '#contract';
import { useSentence } from '../i18n/index.ts';
import { useCommand } from '../parts/index.ts';
import { usePanelState } from '../store.ts';
import { ApplyChoice } from './apply-choice.tsx';
import './pending-box.css';

/** The pending changes, what applying them does to the backend, and the Apply button. */
export function PendingBox() {
  const { t } = useTranslation();
  const sentence = useSentence();
  const { pending, desired, running } = usePanelState((state) => state.settings);
  const phase = usePanelState((state) => state.backend.phase);
  const clearing = usePanelState((state) => state.clearing?.active ?? false);
  const undo = useCommand('settings.undo');
  const inTransition = phase === 'starting' || phase === 'stopping';
  const upToDate = phase === 'ready' && pending.length === 0;
  return (
    <div className="pending-box stack">
      {pending.map((name) => (
        <div key={name}>
          <span className="dim small">{name}</span>{' '}
          <strong>
            {valueText(running?.[name], t)} → {valueText(desired[name], t)}
          </strong>
        </div>
      ))}
      <div className="dim small">
        {upToDate ? t('settings.none') : phase === 'ready' ? t('settings.restarts') : t('settings.starts')}
      </div>
      <div className="row">
        <ApplyChoice disabled={upToDate || clearing || inTransition} />
        <span className="grow" />
        {pending.length > 0 && (
          <Button variant="subtle" color="gray" size="xs" flex="none" onClick={() => undo.run({})}>
            {t('settings.undo')}
          </Button>
        )}
      </div>
      {undo.error && <div className="error">{sentence(undo.error.sentence)}</div>}
    </div>
  );
}

export function valueText(value: Settings[keyof Settings] | undefined, t: (key: string) => string): string {
  if (value === undefined || value === null || value === '') return t('settings.unset');
  if (typeof value === 'boolean') return value ? t('settings.yes') : t('settings.no');
  return typeof value === 'number' && !Number.isInteger(value) ? value.toFixed(2) : String(value);
}
