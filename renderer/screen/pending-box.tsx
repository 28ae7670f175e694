import { Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Settings } from '#contract';
import { useCommand } from '../parts/use-command.ts';
import { usePanel, usePanelState } from '../store.ts';

/** What will change, to whom it happens, and the one button that does it. */
export function PendingBox() {
  const { t } = useTranslation();
  const { pending, desired, running } = usePanelState((state) => state.settings);
  const phase = usePanelState((state) => state.backend.phase);
  const clearing = usePanelState((state) => state.clearing?.active ?? false);
  const busyRun = usePanel(({ runs }) => [...runs.values()].some((run) => run.status === 'processing'));
  const apply = useCommand('settings.apply');
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
        {nothing ? t('settings.none') : phase === 'ready' ? t('settings.restarts') : t('settings.starts')}{' '}
        {!nothing && busyRun && <span className="error">{t('settings.stopsRun')}</span>}
      </div>
      <div className="row">
        <Button size="xs" disabled={nothing || clearing || moving} loading={apply.busy} onClick={() => apply.run({})}>
          {t('settings.apply')}
        </Button>
        <span className="grow" />
        {pending.length > 0 && (
          <Button variant="subtle" color="gray" size="xs" onClick={() => undo.run({})}>
            {t('settings.undo')}
          </Button>
        )}
      </div>
      {(apply.error ?? undo.error) && <div className="error">{(apply.error ?? undo.error)?.message}</div>}
    </div>
  );
}

function shown(value: Settings[keyof Settings] | undefined, t: (key: string) => string): string {
  if (value === undefined || value === null || value === '') return t('settings.unset');
  if (typeof value === 'boolean') return value ? t('settings.yes') : t('settings.no');
  return typeof value === 'number' && !Number.isInteger(value) ? value.toFixed(2) : String(value);
}
