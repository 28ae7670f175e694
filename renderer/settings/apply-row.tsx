import { Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useSentence } from '../i18n/index.ts';
import { useCommand } from '../parts/index.ts';
import { usePanelState } from '../store.ts';
import { effectiveValue } from './effective-settings.ts';
import { useApply } from './use-apply.ts';
import { valueText } from './value-text.ts';

/** The pending changes with Apply and Undo, in sight also while the controls are folded; `opened`: they are not. */
export function ApplyRow({ opened }: { opened: boolean }) {
  const { t } = useTranslation();
  const sentence = useSentence();
  const settings = usePanelState((state) => state.settings);
  const phase = usePanelState((state) => state.backend.phase);
  const undo = useCommand('settings.undo');
  const apply = useApply();
  const { pending, running } = settings;
  const isReady = phase === 'ready';
  if (!opened && pending.length === 0 && !apply.error) return null;
  return (
    <div className="apply-row">
      {pending.map((name) => (
        <div key={name} className="small">
          <span className="dim">{name}</span>{' '}
          <strong>
            {valueText(name, running?.[name], t)} → {valueText(name, effectiveValue(settings, name), t)}
          </strong>
        </div>
      ))}
      <div className="row">
        <span className={apply.obstacle ? 'error small grow' : 'dim small grow'}>
          {apply.obstacle ??
            (isReady && pending.length === 0
              ? t('settings.none')
              : t(isReady ? 'settings.restarts' : 'settings.starts'))}
        </span>
        {pending.length > 0 && (
          <Button variant="subtle" color="gray" size="xs" flex="none" onClick={() => undo.run({})}>
            {t('settings.undo')}
          </Button>
        )}
        <Button size="xs" flex="none" disabled={apply.disabled} loading={apply.busy} onClick={() => void apply.run()}>
          {t('settings.apply')}
        </Button>
      </div>
      {(apply.error ?? undo.error) && (
        <div className="error small">{sentence((apply.error ?? undo.error)?.sentence ?? null)}</div>
      )}
      {apply.dialog}
    </div>
  );
}
