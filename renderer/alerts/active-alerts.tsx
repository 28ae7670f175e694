import { Button } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useTranslation } from 'react-i18next';
import { useNow } from '../parts/index.ts';
import { usePanelState } from '../store.ts';
import { AlertRow } from './alert-row.tsx';
import { AlertsDialog } from './alerts-dialog.tsx';

/** So many stand above the cards; more would push them off the screen. */
const SHOWN = 3;

const rank = { error: 0, warning: 1 } as const;

/** What the person should look at now; nothing where all is well. */
export function ActiveAlerts() {
  const { t } = useTranslation();
  const [opened, { open, close }] = useDisclosure(false);
  const list = usePanelState((state) => state.alerts.list);
  const lasting = list.filter(({ endedAt }) => endedAt === null).sort((a, b) => rank[a.level] - rank[b.level]);
  const now = useNow(1_000, lasting.length > 0);
  if (lasting.length === 0) return null;
  return (
    <section className="active-alerts" aria-label={t('alerts.active')}>
      {lasting.slice(0, SHOWN).map((alert) => (
        <AlertRow key={alert.id} alert={alert} now={now} />
      ))}
      {lasting.length > SHOWN && (
        <Button variant="subtle" color="gray" size="compact-xs" onClick={open}>
          {t('alerts.more', { count: lasting.length - SHOWN })}
        </Button>
      )}
      <AlertsDialog opened={opened} onClose={close} />
    </section>
  );
}
