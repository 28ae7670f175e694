import { useTranslation } from 'react-i18next';
import { Dialog, useNow } from '../parts/index.ts';
import { usePanelState } from '../store.ts';
import { AlertRow } from './alert-row.tsx';
import { AlertSettingsForm } from './settings/alert-settings.tsx';

/** Every alert since Headroom started, and the rules that raise them. */
export function AlertsDialog({ opened, onClose }: { opened: boolean; onClose(): void }) {
  const { t } = useTranslation();
  return (
    <Dialog opened={opened} onClose={onClose} title={t('alerts.title')}>
      <div className="stack alerts-dialog">
        <List />
        <AlertSettingsForm />
      </div>
    </Dialog>
  );
}

function List() {
  const { t } = useTranslation();
  const list = usePanelState((state) => state.alerts.list);
  const now = useNow(1_000);
  if (list.length === 0) return <p className="dim">{t('alerts.none')}</p>;
  return (
    <section className="stack" aria-label={t('alerts.list')}>
      {list.map((alert) => (
        <AlertRow key={alert.id} alert={alert} now={now} />
      ))}
    </section>
  );
}
