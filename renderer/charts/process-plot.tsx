import type { TFunction } from 'i18next';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { GpuDevice, ProcessWindow, TimelineEvent } from '#contract';
import { processKey } from './feed/series.ts';
import { useProcessFeed } from './feed/use-feed.ts';
import { Legend } from './legend.tsx';
import { Plot } from './plot/plot.tsx';
import { type LineSpec, type PlotSpec, plots } from './plots.ts';

/** More lines than that nobody tells apart. */
const LINES = 6;
const colours = ['others', 'working', 'kv', 'amber', 'mint', 'context'];

interface ProcessPlotProps {
  device: GpuDevice;
  events: readonly TimelineEvent[];
  width: number;
  seen: boolean;
}

/** Who held how much: the largest of the window by name, ours in our colour. */
export function ProcessPlot({ device, events, width, seen }: ProcessPlotProps) {
  const { t } = useTranslation();
  const { feed, list } = useProcessFeed(device.uuid, { width, seen });
  const spec: PlotSpec = useMemo(() => ({ ...plots.memory, name: 'processes', lines: linesOf(list, t) }), [list, t]);
  return (
    <>
      <Legend lines={spec.lines} />
      <Plot feed={feed} spec={spec} card={device.memoryTotalMiB ?? 0} events={events} why={t('charts.noProcesses')} />
    </>
  );
}

function linesOf(list: ProcessWindow['list'], t: TFunction): LineSpec[] {
  let others = 0;
  const lines = list.slice(0, LINES).map((one): LineSpec => {
    const colour = one.ours ? 'weights' : (colours[others++ % colours.length] ?? 'others');
    const program = one.name.split(' ')[0]?.split(/[/\\]/).at(-1) || one.name;
    const said = t(one.ours ? 'charts.ourProcess' : 'charts.process', { name: program, pid: one.pid });
    return { metric: processKey(one), name: program, said, colour: `var(--${colour})`, look: 'line' };
  });
  // What is drawn last lies on top: the largest.
  return lines.reverse();
}
