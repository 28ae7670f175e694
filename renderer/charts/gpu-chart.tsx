import { memo, useMemo, useSyncExternalStore } from 'react';
import { useTranslation } from 'react-i18next';
import type { GpuDevice, GpuMetric, GpuSample, TimelineEvent, UnavailableReason } from '#contract';
import { Card, sizeText } from '../parts/index.ts';
import { ticks } from '../transport/index.ts';
import { eventsOn } from './events/clusters.ts';
import type { Feed, FeedState } from './feed/feed.ts';
import { latestColumn } from './feed/series.ts';
import { useFeed, useFeedState, useVisible } from './feed/use-feed.ts';
import { Lanes } from './lanes/lanes.tsx';
import { Legend } from './legend.tsx';
import { Plot } from './plot/plot.tsx';
import { SmallPlot } from './plot/small-plot.tsx';
import { LIMIT, metricsOf, type PlotName, type PlotSpec, sidePlots, specOf } from './plots.ts';
import { ProcessPlot } from './process-plot.tsx';

interface GpuChartProps {
  device: GpuDevice;
  name: PlotName;
  many: boolean;
  events: readonly TimelineEvent[];
}

/** The history of one GPU. A single GPU also has its vital signs in small plots below. */
export const GpuChart = memo(function GpuChart({ device, name, many, events }: GpuChartProps) {
  const { t } = useTranslation();
  const { ref, width, visible } = useVisible<HTMLDivElement>();
  const spec = specOf(name);
  const sides = many ? [] : sidePlots.filter((side) => side.name !== name);
  const feed = useFeed(device.uuid, metricsOf(spec ? [spec, ...sides] : sides), { width, visible });
  const limit = useFeedState(feed, hasLimit);
  const own = useMemo(() => eventsOn(events, device.uuid), [events, device.uuid]);
  const emptyReason = useEmptyReason(device);
  const title = `${t(`charts.name.${name}`)} GPU ${device.index}`;
  return (
    <Card title={title} actions={!many && spec && <Legend lines={spec.lines} limit={limit} />}>
      <div ref={ref}>
        {name === 'processes' && (
          <ProcessPlot device={device} name={title} events={own} width={width} visible={visible} />
        )}
        {spec && (
          <MainPlot spec={spec} name={title} device={device} feed={feed} events={own} emptyReason={emptyReason(spec)} />
        )}
        <Lanes feed={feed} all={name === 'clocks'} />
        {sides.length > 0 && (
          <div className="side-plots">
            {sides.map((side) => (
              <SmallPlot key={side.name} feed={feed} spec={side} events={own} emptyReason={emptyReason(side)} />
            ))}
          </div>
        )}
      </div>
    </Card>
  );
});

interface MainPlotProps {
  feed: Feed;
  spec: PlotSpec;
  name: string;
  device: GpuDevice;
  events: readonly TimelineEvent[];
  emptyReason: string | null;
}

function MainPlot({ spec, device, ...rest }: MainPlotProps) {
  const { t } = useTranslation();
  const totalMiB = device.memoryTotalMiB ?? 0;
  const newest = useFeedState(rest.feed, newestLimit);
  const limit = spec.name === 'memory' && totalMiB > 0 ? newest : 0;
  const limitLabel = t('charts.limitAt', { size: sizeText(limit, totalMiB) });
  return <Plot {...rest} spec={spec} totalMiB={totalMiB} limit={limit} limitLabel={limitLabel} />;
}

/** Whether a limit was in force at any time of the span. */
const hasLimit = ({ data }: FeedState) => (data?.series[LIMIT]?.length ?? 0) > 0;

/** The limit at the end of the span in MiB; 0 if there was none. */
const newestLimit = ({ data }: FeedState) => (data && latestColumn(data.series[LIMIT] ?? [], data)?.max) ?? 0;

/** Why a plot has no values: MIG mode, or the driver's reason for the first of its lines that has one. */
function useEmptyReason({ uuid, migEnabled }: GpuDevice): (spec: PlotSpec) => string | null {
  const { t } = useTranslation();
  // A string, so that equal reasons of the next tick do not re-render.
  const json = useSyncExternalStore(ticks.onChange, () => JSON.stringify(sampleOf(uuid)?.reasons ?? {}));
  const reasons = JSON.parse(json) as Partial<Record<GpuMetric, UnavailableReason>>;
  return ({ lines }) => {
    const inMigMode = migEnabled === true && lines.some(({ metric }) => metric === 'utilizationGpu');
    const reason = inMigMode ? 'mig' : lines.map(({ metric }) => reasons[metric as GpuMetric]).find(Boolean);
    return reason ? t(`telemetry.missing.${reason}`) : null;
  };
}

const sampleOf = (uuid: string): GpuSample | undefined => ticks.latest()?.gpus.find((gpu) => gpu.uuid === uuid);
