import { SegmentedControl } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { ExportMenu } from './export-menu.tsx';
import { type PlotName, plotNames } from './plots.ts';
import { RangeControl } from './range-control.tsx';

/** The metric and time range of all charts. */
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
        data={plotNames.map((value) => ({ value, label: t(`charts.name.${value}`) }))}
      />
      <span className="grow" />
      <div className="chart-range">
        <RangeControl />
        <ExportMenu />
      </div>
    </div>
  );
}
