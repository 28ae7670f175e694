import { useTranslation } from 'react-i18next';
import type { Run, TimelineEvent } from '#contract';
import { useEventText } from '../../parts/index.ts';
import { elapsedText } from './curve.ts';

const SHOWN = 8;

/** What happened during the run, besides its own start and end. */
export function EventNotes({ events, from, run }: { events: readonly TimelineEvent[]; from: number; run: Run }) {
  const { t } = useTranslation();
  const textOf = useEventText();
  const others = othersOf(events, run);
  if (others.length === 0) return null;
  return (
    <ul className="run-events small">
      {others.slice(0, SHOWN).map((event) => (
        <li key={`${event.time}${event.kind}${event.ref}`}>
          <span className="dim">{elapsedText(event.time - from)}</span> {t(`charts.event.${event.kind}`)}{' '}
          <span className="dim">{textOf(event)}</span>
        </li>
      ))}
      {others.length > SHOWN && <li className="dim">{t('runPage.moreEvents', { count: others.length - SHOWN })}</li>}
    </ul>
  );
}

export const othersOf = (events: readonly TimelineEvent[], run: Pick<Run, 'req_id'>) =>
  events.filter(({ kind, ref }) => !(ref === run.req_id && (kind === 'run_started' || kind === 'run_ended')));
