import { Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { EventKind, TimelineEvent } from '#contract';
import { useEventText, useLookAt, useMoments, type Wish } from '../../parts/index.ts';

/** Where the details of a kind are. */
const places: Partial<Record<EventKind, Wish['kind']>> = {
  run_started: 'run',
  run_ended: 'run',
  out_of_memory: 'run',
  crashed: 'crash',
  alert: 'alert',
};

/** What a mark stands for: when, what, and the way to its details. */
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
  const moments = useMoments();
  const look = useLookAt((state) => state.look);
  const place = places[kind];
  return (
    <li>
      <div className="row small">
        <span className={`kind event-${kind}`}>{t(`charts.event.${kind}`)}</span>
        <span className="grow" />
        <time className="dim" dateTime={new Date(time).toISOString()}>
          {moments.full(time)}
        </time>
      </div>
      {text !== '' && <div className="event-text">{text}</div>}
      {place && ref && (
        <Button
          variant="default"
          size="compact-xs"
          onClick={() => {
            onClose();
            look(place, ref);
          }}
        >
          {t(`charts.open.${place}`)}
        </Button>
      )}
    </li>
  );
}
