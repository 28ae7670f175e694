import { Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { useNow } from '../parts/index.ts';
import { paths } from '../routes/index.ts';
import { usePanelState } from '../store.ts';
import { AlertRow } from './alert-row.tsx';

/** More alerts than this would push the GPU cards off the screen. */
const MAX_SHOWN = 2;

const rank = { error: 0, warning: 1 } as const;

/** The active alerts, errors first. */
export function ActiveAlerts() {
  const { t } = useTranslation();
  const list = usePanelState((state) => state.alerts.list);
  const active = list.filter(({ endedAt }) => endedAt === null).sort((a, b) => rank[a.level] - rank[b.level]);
  const now = useNow(1_000, active.length > 0);
  if (active.length === 0) return null;
  return (
    <section className="active-alerts" aria-label={t('alerts.active')}>
      {active.slice(0, MAX_SHOWN).map((alert) => (
        <AlertRow key={alert.id} alert={alert} now={now} />
      ))}
      {active.length > MAX_SHOWN && (
        <Button component={Link} href={paths.inbox} variant="subtle" color="gray" size="compact-xs">
          {t('alerts.more', { count: active.length - MAX_SHOWN })}
        </Button>
      )}
    </section>
  );
}
