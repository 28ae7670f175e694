import { ActionIcon, Button, SegmentedControl } from '@mantine/core';
import { IconArrowBackUp, IconChevronLeft, IconChevronRight } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { type PlotName, plotNames } from '../../live/plots.ts';
import { moved, type SpanName, spanAt, spanMsOf, spans, useRange } from '../../live/range.ts';
import { momentText } from '../../live/time-axis.ts';
import { ExportMenu } from './export-menu.tsx';

/** Of what is shown. */
const STEP = 0.5;

/** What all charts show, and of which time. */
export function ChartBar({ name, onName }: { name: PlotName; onName(name: PlotName): void }) {
  const { t } = useTranslation();
  return (
    <div className="chart-bar">
      <SegmentedControl
        size="xs"
        transitionDuration={0}
        aria-label={t('charts.what')}
        value={name}
        onChange={(next) => onName(next as PlotName)}
        data={plotNames.map((one) => ({ value: one, label: t(`charts.name.${one}`) }))}
      />
      <span className="grow" />
      <RangeChoice />
      <ExportMenu />
    </div>
  );
}

function RangeChoice() {
  const { t } = useTranslation();
  const { range, before, showLast, pan, back } = useRange();
  const names = Object.keys(spans) as SpanName[];
  const chosen = range.kind === 'last' ? (names.find((one) => spans[one] === range.spanMs) ?? '') : '';
  const move = (direction: number) => pan(moved(range, direction * STEP * spanMsOf(range), Date.now()));
  return (
    <>
      {range.kind === 'window' && <WindowWords from={range.from} to={range.to} />}
      {before.length > 0 && (
        <Button
          size="compact-xs"
          variant="default"
          leftSection={<IconArrowBackUp size={14} aria-hidden />}
          onClick={back}
        >
          {t('charts.back')}
        </Button>
      )}
      <ActionIcon variant="subtle" color="gray" size="sm" aria-label={t('charts.earlier')} onClick={() => move(-1)}>
        <IconChevronLeft size={15} />
      </ActionIcon>
      <SegmentedControl
        size="xs"
        transitionDuration={0}
        aria-label={t('charts.range')}
        value={chosen}
        onChange={(next) => showLast(spans[next as SpanName])}
        data={names.map((one) => ({ value: one, label: t(`charts.span.${one}`) }))}
      />
      <ActionIcon
        variant="subtle"
        color="gray"
        size="sm"
        aria-label={t('charts.later')}
        disabled={range.kind === 'last'}
        onClick={() => move(1)}
      >
        <IconChevronRight size={15} />
      </ActionIcon>
    </>
  );
}

function WindowWords(window: { from: number; to: number }) {
  const { i18n } = useTranslation();
  const { from, to } = spanAt({ kind: 'window', ...window }, 0);
  const words = (time: number) => momentText(time, to - from, i18n.language, Date.now());
  return (
    <span className="dim small cut">
      {words(from)} – {words(to)}
    </span>
  );
}
