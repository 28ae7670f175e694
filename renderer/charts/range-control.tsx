import { ActionIcon, Button, SegmentedControl } from '@mantine/core';
import {
  IconArrowBackUp,
  IconChevronLeft,
  IconChevronRight,
  IconPlayerPause,
  IconPlayerTrackNext,
} from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { now } from '../parts/index.ts';
import { ticks } from '../transport/index.ts';
import { LIVE_MS, moved, type SpanName, spanMsOf, spans, useRange } from './feed/range.ts';
import { timeText } from './plot/time-ticks.ts';

/** The share of the range that one step earlier or later moves it. */
const STEP = 0.5;

/** Chooses the time range, moves it earlier or later, and stops it. */
export function RangeControl() {
  const { t } = useTranslation();
  const { range, recorded, showLast, pan, pause } = useRange();
  const names = Object.keys(spans) as SpanName[];
  const selected = range.kind === 'last' ? (names.find((name) => spans[name] === range.spanMs) ?? '') : '';
  const move = (direction: number) => pan(moved(range, direction * STEP * spanMsOf(range), now()));
  return (
    <>
      <ActionIcon
        variant="subtle"
        color="gray"
        size="sm"
        aria-label={t('charts.pause')}
        title={t('charts.pauseHint')}
        disabled={recorded || range.kind === 'window'}
        onClick={() => pause(ticks.latest()?.time ?? now())}
      >
        <IconPlayerPause size={15} />
      </ActionIcon>
      <ActionIcon
        variant="subtle"
        color="gray"
        size="sm"
        title={t('charts.earlier')}
        aria-label={t('charts.earlier')}
        disabled={recorded}
        onClick={() => move(-1)}
      >
        <IconChevronLeft size={15} />
      </ActionIcon>
      <SegmentedControl
        size="xs"
        transitionDuration={0}
        aria-label={t('charts.range')}
        value={selected}
        onChange={(next) => showLast(spans[next as SpanName])}
        data={names.map((value) => ({
          value,
          label: t(`charts.span.${value}`),
          disabled: recorded && spans[value] > LIVE_MS,
        }))}
      />
      <ActionIcon
        variant="subtle"
        color="gray"
        size="sm"
        title={t('charts.later')}
        aria-label={t('charts.later')}
        disabled={range.kind === 'last'}
        onClick={() => move(1)}
      >
        <IconChevronRight size={15} />
      </ActionIcon>
    </>
  );
}

/** The start and end of a range that does not move, and buttons back and to the latest data. */
export function ZoomedRange() {
  const { t, i18n } = useTranslation();
  const { range, recorded, history, back, follow } = useRange();
  if (recorded) return <span className="dim small">{t('charts.replay')}</span>;
  if (range.kind === 'last') return null;
  const text = (time: number) => timeText(time, spanMsOf(range), i18n.language, now());
  return (
    <>
      <span className="dim small">
        {text(range.from)} – {text(range.to)}
      </span>
      {history.length > 0 && (
        <Button
          size="compact-xs"
          variant="default"
          title={t('charts.backHint')}
          leftSection={<IconArrowBackUp size={14} aria-hidden />}
          onClick={back}
        >
          {t('charts.back')}
        </Button>
      )}
      <Button
        size="compact-xs"
        variant="default"
        title={t('charts.followHint')}
        leftSection={<IconPlayerTrackNext size={14} aria-hidden />}
        onClick={follow}
      >
        {t('charts.follow')}
      </Button>
    </>
  );
}
