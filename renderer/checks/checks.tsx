import { Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Checks as ChecksState } from '#contract';
import { useSentence } from '../i18n/index.ts';
import { Card, useCommand, useTimeFormat } from '../parts/index.ts';
import { usePanelState } from '../store.ts';
import { CheckRow } from './check-row.tsx';
import './checks.css';

/** What was checked on this machine, with a fix where there is one. */
export function Checks() {
  const { t } = useTranslation();
  const checks = usePanelState((state) => state.checks);
  return (
    <Card title={t('checks.title')} actions={<RunChecks checks={checks} />}>
      {checks.list.length === 0 && <p className="dim">{t('checks.none')}</p>}
      <ul className="checks">
        {checks.list.map((check) => (
          <CheckRow key={check.id} check={check} />
        ))}
      </ul>
    </Card>
  );
}

function RunChecks({ checks: { running, at } }: { checks: ChecksState }) {
  const { t } = useTranslation();
  const sentence = useSentence();
  const format = useTimeFormat();
  const { run, busy, error } = useCommand('checks.run');
  return (
    <>
      {error && <span className="error small">{sentence(error.sentence)}</span>}
      {at !== null && !running && <span className="dim small">{t('checks.at', { time: format.clock(at) })}</span>}
      <Button variant="default" size="xs" loading={busy || running} onClick={() => run({})}>
        {t('checks.again')}
      </Button>
    </>
  );
}
