import { Button, CloseButton } from '@mantine/core';
import {
  IconAlertTriangle,
  IconBell,
  IconCheck,
  IconCircleX,
  IconCpu,
  IconMovie,
  IconPlugConnected,
  IconPlugConnectedX,
} from '@tabler/icons-react';
import { type ReactNode, useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import type { Alert, EventKind, TimelineEvent } from '#contract';
import { alertWords } from '../alerts/index.ts';
import { CrashEntry } from '../crashes/index.ts';
import { useCommand, useEventText, useTimeFormat } from '../parts/index.ts';
import { RecordingEntry } from '../replay/index.ts';
import { paths } from '../routes/index.ts';
import type { Entry } from './entries.ts';

const icons: Partial<Record<EventKind, typeof IconCheck>> = {
  run_ended: IconCheck,
  out_of_memory: IconCpu,
  telemetry_lost: IconPlugConnectedX,
  telemetry_back: IconPlugConnected,
};
const ofRuns: ReadonlySet<EventKind> = new Set(['run_ended', 'out_of_memory']);

interface EntryProps {
  entry: Entry;
  isNew: boolean;
  isTarget: boolean;
  onDeleted(): void;
}

export function EntryRow({ entry, isNew, isTarget, onDeleted }: EntryProps) {
  const { t } = useTranslation();
  const row = useRef<HTMLLIElement>(null);
  useEffect(() => {
    if (!isTarget) return;
    row.current?.scrollIntoView({ block: 'center' });
    row.current?.focus({ preventScroll: true });
  }, [isTarget]);
  return (
    <li ref={row} tabIndex={-1} className={`inbox-entry is-${entry.level} ${isNew ? 'new' : ''}`}>
      {isNew && <span className="visually-hidden">{t('inbox.new')}</span>}
      <Content entry={entry} isTarget={isTarget} onDeleted={onDeleted} />
    </li>
  );
}

function Content({ entry, isTarget, onDeleted }: Omit<EntryProps, 'isNew'>) {
  switch (entry.kind) {
    case 'event':
      return <EventEntry event={entry.event} level={entry.level} />;
    case 'alert':
      return <AlertEntry alert={entry.alert} />;
    case 'crash':
      return <CrashEntry row={entry.crash} opened={isTarget} onDeleted={onDeleted} />;
    case 'recording':
      return (
        <Line icon={<IconMovie size={16} aria-hidden />} time={entry.time}>
          <RecordingEntry file={entry.recording} onDeleted={onDeleted} />
        </Line>
      );
  }
}

function EventEntry({ event, level }: { event: TimelineEvent; level: Entry['level'] }) {
  const { t } = useTranslation();
  const text = useEventText()(event);
  const Icon = level === 'error' && event.kind === 'run_ended' ? IconCircleX : (icons[event.kind] ?? IconAlertTriangle);
  return (
    <Line icon={<Icon size={16} aria-hidden />} time={event.time}>
      <span className="grow">{text || t(`charts.event.${event.kind}`)}</span>
      {event.ref && ofRuns.has(event.kind) && (
        <Button component={Link} href={paths.run(event.ref)} variant="default" size="compact-xs">
          {t(event.kind === 'out_of_memory' ? 'inbox.waysOut' : 'inbox.openRun')}
        </Button>
      )}
    </Line>
  );
}

function AlertEntry({ alert }: { alert: Alert }) {
  const { t } = useTranslation();
  const { clock } = useTimeFormat();
  const { run: dismiss } = useCommand('alerts.dismiss');
  const { id, since, endedAt } = alert;
  const { what } = alertWords(t, alert);
  return (
    <Line icon={<IconBell size={16} aria-hidden />} time={since}>
      <span className="grow">
        {what}{' '}
        <span className="dim">
          {endedAt === null ? t('inbox.stillActive') : t('inbox.ended', { time: clock(endedAt) })}
        </span>
      </span>
      <CloseButton size="sm" aria-label={t('alerts.dismiss', { what })} onClick={() => dismiss({ id })} />
    </Line>
  );
}

function Line({ icon, time, children }: { icon: ReactNode; time: number; children: ReactNode }) {
  const { clock } = useTimeFormat();
  return (
    <div className="inbox-line">
      {icon}
      <time className="dim small" dateTime={new Date(time).toISOString()}>
        {clock(time)}
      </time>
      {children}
    </div>
  );
}
