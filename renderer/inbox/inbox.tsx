import { Button, FileButton, SegmentedControl } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSentence } from '../i18n/index.ts';
import { Card, useCommand, useTimeFormat } from '../parts/index.ts';
import { acceptedRecordings, RecordButton, useOpening, useReplayed } from '../replay/index.ts';
import { usePlace } from '../routes/index.ts';
import { usePanelState } from '../store.ts';
import { Attention } from './attention.tsx';
import { type Entry, type Filter, filters, passes } from './entries.ts';
import { EntryRow } from './entry-row.tsx';
import { useEntries } from './use-entries.ts';
import './inbox.css';

const PAGE = 100;

/** What has happened: runs that ended, out-of-memory errors, crashes, alerts and recordings on one timeline. */
export function Inbox({ target }: { target: string | null }) {
  const { t } = useTranslation();
  const { entries, error, refresh } = useEntries();
  const sentence = useSentence();
  const [chosen, setChosen] = usePlace('inbox');
  const filter = filters.find((name) => name === chosen) ?? 'all';
  const readUntil = useVisit(entries);
  return (
    <>
      <Attention />
      <Card title={t('inbox.title')} actions={<Actions />}>
        <SegmentedControl
          size="xs"
          my={8}
          aria-label={t('inbox.filter')}
          data={filters.map((name) => ({ value: name, label: t(`inbox.filters.${name}`) }))}
          value={filter}
          onChange={(name) => setChosen(name === 'all' ? null : name)}
        />
        {error && <div className="error">{sentence(error.sentence)}</div>}
        {!entries && !error && <div className="dim">{t('inbox.loading')}</div>}
        {entries && <Timeline key={filter} {...{ entries, filter, target, readUntil, refresh }} />}
      </Card>
    </>
  );
}

/** Marks the inbox as read; returns until when it had been read before, so that what is new stays marked while it is open. */
function useVisit(entries: readonly Entry[] | null): number | null {
  const visitedAt = usePanelState((state) => state.inbox.visitedAt);
  const before = useRef(visitedAt);
  const replayed = useReplayed(({ replay }) => replay !== null);
  const { run: visit } = useCommand('inbox.visit');
  const newest = entries?.[0]?.time;
  useEffect(() => {
    if (newest !== undefined && !replayed) void visit({ until: newest });
  }, [newest, replayed, visit]);
  return before.current;
}

function Actions() {
  const { t } = useTranslation();
  const sentence = useSentence();
  const replayed = useReplayed(({ replay }) => replay !== null);
  const records = usePanelState(({ recording }) => recording.on !== null);
  const opening = useOpening();
  return (
    <>
      {opening.error && <span className="error small">{sentence(opening.error)}</span>}
      <FileButton accept={acceptedRecordings} onChange={(file) => file && void opening.open(file.name, () => file)}>
        {(props) => (
          <Button {...props} variant="default" size="compact-xs" loading={opening.busy !== null}>
            {t('recording.openFile')}
          </Button>
        )}
      </FileButton>
      {/* One in progress is stopped in the header. */}
      {!replayed && !records && <RecordButton />}
    </>
  );
}

interface TimelineProps {
  entries: readonly Entry[];
  filter: Filter;
  /** The id of the entry that a link leads to. */
  target: string | null;
  readUntil: number | null;
  refresh(): void;
}

function Timeline({ entries, filter, target, readUntil, refresh }: TimelineProps) {
  const { t } = useTranslation();
  const { day } = useTimeFormat();
  const [pages, setPages] = useState(1);
  const matching = entries.filter((entry) => passes(entry, filter));
  const isTarget = (entry: Entry) => entry.id === target;
  const reach = matching.findIndex(isTarget);
  const shown = matching.slice(0, Math.max(PAGE * pages, reach + 1));
  if (shown.length === 0) return <p className="dim">{t(`inbox.none.${filter}`)}</p>;
  return (
    <>
      {[...byDay(shown, day)].map(([date, list]) => (
        <section key={date} aria-label={date}>
          <h3 className="inbox-day">{date}</h3>
          <ul className="inbox">
            {list.map((entry) => (
              <EntryRow
                key={entry.id}
                entry={entry}
                isNew={readUntil !== null && entry.time > readUntil}
                isTarget={isTarget(entry)}
                onDeleted={refresh}
              />
            ))}
          </ul>
        </section>
      ))}
      {shown.length < matching.length && (
        <Button variant="subtle" color="gray" size="xs" onClick={() => setPages(pages + 1)}>
          {t('inbox.more')}
        </Button>
      )}
    </>
  );
}

function byDay(entries: readonly Entry[], day: (time: number) => string): Map<string, Entry[]> {
  const days = new Map<string, Entry[]>();
  for (const entry of entries) {
    const date = day(entry.time);
    const list = days.get(date);
    if (list) list.push(entry);
    else days.set(date, [entry]);
  }
  return days;
}
