import { Button, SegmentedControl, Switch, TextInput } from '@mantine/core';
import { IconArrowBarToDown, IconSearch } from '@tabler/icons-react';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { type LogLine, logLevels } from '#contract';
import { useSentence } from '../../i18n/index.ts';
import { useTimeFormat } from '../../parts/index.ts';
import { paths, usePlace } from '../../routes/index.ts';
import { usePanelState } from '../../store.ts';
import { shownLines } from './shown-lines.ts';
import { useLines } from './use-lines.ts';
import './lines.css';

const ROW = 20;
/** Closer to the end than this, the view follows new lines. */
const NEAR_END = 2 * ROW;

/** The output as lines with time and level: filtered, searched, and linked to the run that printed them. */
export function Lines() {
  const { t } = useTranslation();
  const sentence = useSentence();
  const { lines, error } = useLines();
  const [level, setLevel] = usePlace('level');
  const [all, setAll] = usePlace('before');
  const [search, setSearch] = useState('');
  const started = usePanelState(({ backend }) => backend.steps[0]?.startedAt ?? null);
  const since = all === null ? started : null;
  const shown = useMemo(
    () => shownLines(lines ?? [], { level: logLevels.find((name) => name === level) ?? 'info', since, search }),
    [lines, level, since, search],
  );
  return (
    <>
      <div className="row log-filters">
        <SegmentedControl
          size="xs"
          aria-label={t('log.level')}
          data={logLevels.map((name) => ({ value: name, label: t(`log.levels.${name}`) }))}
          value={level ?? 'info'}
          onChange={(name) => setLevel(name === 'info' ? null : name)}
        />
        <Switch
          size="xs"
          label={t('log.sinceStart')}
          checked={all === null}
          onChange={(event) => setAll(event.currentTarget.checked ? null : 'all')}
        />
        <span className="grow" />
        <TextInput
          size="xs"
          w={220}
          aria-label={t('log.filter')}
          placeholder={t('log.filter')}
          leftSection={<IconSearch size={14} aria-hidden />}
          value={search}
          onChange={(event) => setSearch(event.currentTarget.value)}
        />
      </div>
      {error && <div className="error">{sentence(error.sentence)}</div>}
      {lines && shown.length === 0 && <p className="dim">{t(lines.length === 0 ? 'log.noLines' : 'log.noneMatch')}</p>}
      <LineList lines={shown} />
    </>
  );
}

function LineList({ lines }: { lines: readonly LogLine[] }) {
  const { t } = useTranslation();
  const [wanted, setWanted] = usePlace('run');
  const scroller = useRef<HTMLDivElement>(null);
  const [following, setFollowing] = useState(wanted === null);
  const virtual = useVirtualizer({
    count: lines.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW,
    getItemKey: (i) => lines[i]?.number ?? i,
    overscan: 20,
  });
  const { scrollToIndex } = virtual;
  useEffect(() => {
    if (following && lines.length > 0) scrollToIndex(lines.length - 1, { align: 'end' });
  }, [following, lines, scrollToIndex]);
  // A run's page links to its first line.
  useEffect(() => {
    const first = wanted === null ? -1 : lines.findIndex(({ run }) => run === wanted);
    if (first < 0) return;
    scrollToIndex(first, { align: 'start' });
    setWanted(null);
  }, [wanted, lines, scrollToIndex, setWanted]);
  const onScroll = () => {
    const { scrollTop, scrollHeight, clientHeight } = scroller.current ?? {
      scrollTop: 0,
      scrollHeight: 0,
      clientHeight: 0,
    };
    setFollowing(scrollHeight - scrollTop - clientHeight < NEAR_END);
  };
  return (
    <div className="log">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls is reachable by keyboard */}
      <section ref={scroller} className="log-lines" tabIndex={0} aria-label={t('log.lines')} onScroll={onScroll}>
        <div style={{ height: virtual.getTotalSize() }}>
          {virtual.getVirtualItems().map(({ key, index, start }) => {
            const line = lines[index];
            return line && <Line key={key} line={line} top={start} measure={virtual.measureElement} index={index} />;
          })}
        </div>
      </section>
      {!following && (
        <Button
          className="log-follow"
          size="compact-xs"
          leftSection={<IconArrowBarToDown size={14} />}
          onClick={() => setFollowing(true)}
        >
          {t('log.follow')}
        </Button>
      )}
    </div>
  );
}

interface LineProps {
  line: LogLine;
  top: number;
  index: number;
  measure(element: Element | null): void;
}

function Line({ line, top, index, measure }: LineProps) {
  const { t } = useTranslation();
  const { clock, full } = useTimeFormat();
  const { time, level, run, text } = line;
  return (
    <div
      ref={measure}
      data-index={index}
      className={`log-line is-${level}`}
      style={{ transform: `translateY(${top}px)` }}
    >
      <time className="dim" dateTime={new Date(time).toISOString()} title={full(time)}>
        {clock(time)}
      </time>
      <span className="log-level">{level === 'info' ? '' : t(`log.levelOf.${level}`)}</span>
      <span className="log-text">{text}</span>
      {run !== null && (
        <Link className="log-run" href={paths.run(run)} title={t('log.openRun')}>
          {t('log.run')}
        </Link>
      )}
    </div>
  );
}
