import { ActionIcon, Button, SegmentedControl } from '@mantine/core';
import { IconArrowBackUp, IconChevronLeft, IconChevronRight } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { now } from '../parts/index.ts';
import { ExportMenu } from './export-menu.tsx';
import { LIVE_MS, moved, type SpanName, spanMsOf, spans, useRange } from './feed/range.ts';
import { momentText } from './plot/time-axis.ts';
import { type PlotName, plotNames } from './plots.ts';

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
      <div className="chart-range">
        <RangeChoice />
        <ExportMenu />
      </div>
    </div>
  );
}

function RangeChoice() {
  const { t } = useTranslation();
  const { range, recorded, showLast, pan } = useRange();
  const names = Object.keys(spans) as SpanName[];
  const chosen = range.kind === 'last' ? (names.find((one) => spans[one] === range.spanMs) ?? '') : '';
  const move = (direction: number) => pan(moved(range, direction * STEP * spanMsOf(range), now()));
  return (
    <>
      <ActionIcon
        variant="subtle"
        color="gray"
        size="sm"
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
        value={chosen}
        onChange={(next) => showLast(spans[next as SpanName])}
        data={names.map((one) => ({
          value: one,
          label: t(`charts.span.${one}`),
          disabled: recorded && spans[one] > LIVE_MS,
        }))}
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

/** Which window is shown, and the way out of it. */
export function WindowWords() {
  const { t, i18n } = useTranslation();
  const { range, recorded, before, back } = useRange();
  if (recorded) return <span className="dim small">{t('charts.replay')}</span>;
  if (range.kind === 'last') return null;
  const words = (time: number) => momentText(time, spanMsOf(range), i18n.language, now());
  return (
    <>
      <span className="dim small">
        {words(range.from)} – {words(range.to)}
      </span>
      {before.length > 0 && (
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
    </>
  );
}
