import { Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import type { Alert } from '#contract';
import { AlertRow } from '../alerts/index.ts';
import { BackendTrouble } from '../backend/index.ts';
import { Card, useDecision, useErrorToast, useNow } from '../parts/index.ts';
import { useReplayed } from '../replay/index.ts';
import { usePanelState } from '../store.ts';
import { fixes } from './fixes.ts';

const rank = { error: 0, warning: 1 } as const;

/** What is wrong now, each with the button that fixes it where Headroom has one; errors first. */
export function Attention() {
  const { t } = useTranslation();
  const list = usePanelState((state) => state.alerts.list);
  const active = list.filter(({ endedAt }) => endedAt === null).sort((a, b) => rank[a.level] - rank[b.level]);
  const now = useNow(1_000, active.length > 0);
  return (
    <>
      <BackendTrouble />
      {active.length > 0 && (
        <Card title={t('inbox.attention')}>
          <div className="stack attention">
            {active.map((alert) => (
              <AlertRow key={alert.id} alert={alert} now={now} fix={<Fix alert={alert} />} />
            ))}
          </div>
        </Card>
      )}
    </>
  );
}

/** The way out that the alert's advice names, as a button. */
function Fix({ alert: { kind } }: { alert: Alert }) {
  const { t } = useTranslation();
  const replayed = useReplayed(({ replay }) => replay !== null);
  if (replayed) return null;
  if (kind === 'leak') return <ClearNow />;
  const fix = fixes[kind];
  if (!fix) return null;
  return (
    <Button component={Link} href={fix.to} variant="default" size="compact-xs">
      {t(`inbox.fix.${fix.words}`)}
    </Button>
  );
}

function ClearNow() {
  const { t } = useTranslation();
  const clear = useDecision('gpu.clearAndRestart', 'clear');
  useErrorToast(clear.error?.sentence ?? null);
  return (
    <>
      <Button size="compact-xs" loading={clear.busy} onClick={() => void clear.run()}>
        {t('backend.clear')}
      </Button>
      {clear.dialog}
    </>
  );
}
