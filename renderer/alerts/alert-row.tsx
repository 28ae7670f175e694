import { CloseButton } from '@mantine/core';
import { IconAlertTriangle, IconCircleCheck } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Alert } from '#contract';
import { duration, useCommand, useTimeFormat } from '../parts/index.ts';
import { alertWords } from './alert-words.ts';
import './alerts.css';

/** One alert: what happened, what to do about it, since when, and a button to dismiss it; `fix`: a button that fixes it. */
export function AlertRow({ alert, now, fix }: { alert: Alert; now: number; fix?: ReactNode }) {
  const { t } = useTranslation();
  const { run } = useCommand('alerts.dismiss');
  const { id, level, since, endedAt } = alert;
  const { what, advice } = alertWords(t, alert);
  const Icon = endedAt === null ? IconAlertTriangle : IconCircleCheck;
  const { clock, full } = useTimeFormat();
  return (
    <div className={`alert ${endedAt === null ? level : 'ended'}`}>
      <Icon size={16} aria-hidden />
      <div className="words">
        <strong>{what}</strong> {endedAt === null && <span className="dim">{advice}</span>}
      </div>
      <span className="dim small when" title={full(since)}>
        {endedAt === null
          ? t('alerts.activeFor', { time: duration(now - since) })
          : t('alerts.ended', { from: clock(since), to: clock(endedAt) })}
      </span>
      {fix}
      <CloseButton size="sm" aria-label={t('alerts.dismiss', { what })} onClick={() => run({ id })} />
    </div>
  );
}
