import { Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import type { EventKind, TimelineEvent } from '#contract';
import { useEventText, useTimeFormat } from '../../parts/index.ts';
import { paths } from '../../routes/index.ts';

/** The kinds with details elsewhere, by the words of their button: `charts.open.WORDS`. */
const details: Partial<Record<EventKind, 'run' | 'crash' | 'alert'>> = {
  run_started: 'run',
  run_ended: 'run',
  out_of_memory: 'run',
  crashed: 'crash',
  alert: 'alert',
};

/** The events of a mark: time, kind, text, and a button that shows the details. */
export function EventList({ events, onClose }: { events: readonly TimelineEvent[]; onClose(): void }) {
  return (
    <ul className="event-list">
      {events.map((event) => (
        <Row key={`${event.time}${event.kind}${event.ref}`} event={event} onClose={onClose} />
      ))}
    </ul>
  );
}

function Row({ event, onClose }: { event: TimelineEvent; onClose(): void }) {
  const { time, kind, ref } = event;
  const text = useEventText()(event);
  const { t } = useTranslation();
  const { full } = useTimeFormat();
  const target = details[kind];
  return (
    <li>
      <div className="row small">
        <span className={`event-kind event-${kind}`}>{t(`charts.event.${kind}`)}</span>
        <span className="grow" />
        <time className="dim" dateTime={new Date(time).toISOString()}>
          {full(time)}
        </time>
      </div>
      {text !== '' && <div className="event-text">{text}</div>}
      {target && ref && (
        <Button
          component={Link}
          href={target === 'run' ? paths.run(ref) : paths.inboxEntry(ref)}
          variant="default"
          size="compact-xs"
          onClick={onClose}
        >
          {t(`charts.open.${target}`)}
        </Button>
      )}
    </li>
  );
}
