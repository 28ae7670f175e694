import { Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import type { EventKind, TimelineEvent } from '#contract';
import { type RevealTarget, useEventText, useReveal, useTimeFormat } from '../../parts/index.ts';
import { paths } from '../../routes/index.ts';

const ofRuns: ReadonlySet<EventKind> = new Set(['run_started', 'run_ended', 'out_of_memory']);
/** Other kinds with details elsewhere on the page. */
const targets: Partial<Record<EventKind, RevealTarget['kind']>> = {
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
  const show = useReveal((state) => state.show);
  const target = targets[kind];
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
      {ref && ofRuns.has(kind) && (
        <Button component={Link} href={paths.run(ref)} variant="default" size="compact-xs" onClick={onClose}>
          {t('charts.open.run')}
        </Button>
      )}
      {target && ref && (
        <Button
          variant="default"
          size="compact-xs"
          onClick={() => {
            onClose();
            show(target, ref);
          }}
        >
          {t(`charts.open.${target}`)}
        </Button>
      )}
    </li>
  );
}
