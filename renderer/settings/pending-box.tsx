import { Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Settings } from '#contract';
import { useCommand } from '../parts/index.ts';
import { usePanelState } from '../store.ts';
import { ApplyChoice } from './apply-choice.tsx';

/** What will change, to whom it happens, and the one button that does it. */
export function PendingBox() {
  const { t } = useTranslation();
  const { pending, desired, running } = usePanelState((state) => state.settings);
  const phase = usePanelState((state) => state.backend.phase);
  const clearing = usePanelState((state) => state.clearing?.active ?? false);
  const undo = useCommand('settings.undo');
  const moving = phase === 'starting' || phase === 'stopping';
  const nothing = phase === 'ready' && pending.length === 0;
  return (
    <div className="pending-box stack">
      {pending.map((name) => (
        <div key={name}>
          <span className="dim small">{name}</span>{' '}
          <strong>
            {shown(running?.[name], t)} → {shown(desired[name], t)}
          </strong>
        </div>
      ))}
      <div className="dim small">
        {nothing ? t('settings.none') : phase === 'ready' ? t('settings.restarts') : t('settings.starts')}
      </div>
      <div className="row">
        <ApplyChoice disabled={nothing || clearing || moving} />
        <span className="grow" />
        {pending.length > 0 && (
          <Button variant="subtle" color="gray" size="xs" onClick={() => undo.run({})}>
            {t('settings.undo')}
          </Button>
        )}
      </div>
      {undo.error && <div className="error">{undo.error.message}</div>}
    </div>
  );
}

export function shown(value: Settings[keyof Settings] | undefined, t: (key: string) => string): string {
  if (value === undefined || value === null || value === '') return t('settings.unset');
  if (typeof value === 'boolean') return value ? t('settings.yes') : t('settings.no');
  return typeof value === 'number' && !Number.isInteger(value) ? value.toFixed(2) : String(value);
}
