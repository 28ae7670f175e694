import type { TFunction } from 'i18next';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { GpuDevice, ProcessWindow, TimelineEvent } from '#contract';
import { executableName } from '../processes/index.ts';
import { processKey } from './feed/series.ts';
import { useProcessFeed } from './feed/use-feed.ts';
import { Legend } from './legend.tsx';
import { Plot } from './plot/plot.tsx';
import { type LineSpec, type PlotSpec, plots } from './plots.ts';

/** More lines are hard to tell apart. */
const MAX_LINES = 6;
const otherColours = ['others', 'activations', 'kv', 'amber', 'mint', 'context'];

interface ProcessPlotProps {
  device: GpuDevice;
  /** The chart's title. */
  name: string;
  events: readonly TimelineEvent[];
  width: number;
  visible: boolean;
}

/** The memory of the largest processes on a GPU; the backend's have its colour. */
export function ProcessPlot({ device, name, events, width, visible }: ProcessPlotProps) {
  const { t } = useTranslation();
  const { feed, list } = useProcessFeed(device.uuid, { width, visible });
  const spec: PlotSpec = useMemo(() => ({ ...plots.memory, name: 'processes', lines: linesOf(list, t) }), [list, t]);
  return (
    <>
      <Legend lines={spec.lines} />
      <Plot
        feed={feed}
        spec={spec}
        name={name}
        totalMiB={device.memoryTotalMiB ?? 0}
        events={events}
        emptyReason={t('charts.noProcesses')}
      />
    </>
  );
}

/** The largest is last, and so on top. */
function linesOf(list: ProcessWindow['list'], t: TFunction): LineSpec[] {
  let others = 0;
  const lines = list.slice(0, MAX_LINES).map((process): LineSpec => {
    const colour = process.ours ? 'weights' : (otherColours[others++ % otherColours.length] ?? 'others');
    const names = { name: executableName(process.name), pid: process.pid };
    const label = t(process.ours ? 'charts.ourProcess' : 'charts.process', names);
    return { metric: processKey(process), label, colour: `var(--${colour})`, style: 'line' };
  });
  return lines.reverse();
}
