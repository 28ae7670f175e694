import { useMemo, useSyncExternalStore } from 'react';
import { useTranslation } from 'react-i18next';
import type { GpuDevice, GpuFigure, GpuSample, NoFigureReason, TimelineEvent } from '#contract';
import { Card, sizeText } from '../parts/index.ts';
import { ticks } from '../transport/index.ts';
import { eventsOn } from './events/clusters.ts';
import { useFeed, useSeen } from './feed/use-feed.ts';
import { Lanes } from './lanes/lanes.tsx';
import { Legend } from './legend.tsx';
import { Plot } from './plot/plot.tsx';
import { SmallPlot } from './plot/small-plot.tsx';
import { beside, metricsOf, type PlotName, type PlotSpec, specOf } from './plots.ts';
import { ProcessPlot } from './process-plot.tsx';
import { useLimit } from './use-limit.ts';

interface GpuChartProps {
  device: GpuDevice;
  name: PlotName;
  many: boolean;
  events: readonly TimelineEvent[];
}

/** One GPU over time. Alone it has its other vitals below; among many only what was chosen for all. */
export function GpuChart({ device, name, many, events }: GpuChartProps) {
  const { t } = useTranslation();
  const { ref, width, seen } = useSeen<HTMLDivElement>();
  const spec = specOf(name);
  const limit = useLimit() > 0;
  const besides = many ? [] : beside.filter((one) => one.name !== name);
  const feed = useFeed(device.uuid, metricsOf(spec ? [spec, ...besides] : besides), { width, seen });
  const own = useMemo(() => eventsOn(events, device.uuid), [events, device.uuid]);
  const why = useWhy(device.uuid);
  return (
    <Card
      title={`${t(`charts.name.${name}`)} GPU ${device.index}`}
      aside={!many && spec && <Legend lines={spec.lines} limit={limit && name === 'memory'} />}
    >
      <div ref={ref}>
        {name === 'processes' && <ProcessPlot device={device} events={own} width={width} seen={seen} />}
        {spec && <MainPlot spec={spec} device={device} feed={feed} events={own} why={why(spec)} />}
        <Lanes feed={feed} calm={name === 'clocks'} />
        {besides.length > 0 && (
          <div className="besides">
            {besides.map((one) => (
              <SmallPlot key={one.name} feed={feed} spec={one} events={own} why={why(one)} />
            ))}
          </div>
        )}
      </div>
    </Card>
  );
}

type MainPlotProps = Pick<Parameters<typeof Plot>[0], 'feed' | 'why'> & {
  spec: PlotSpec;
  device: GpuDevice;
  events: readonly TimelineEvent[];
};

function MainPlot({ spec, device, ...more }: MainPlotProps) {
  const { t } = useTranslation();
  const inForce = useLimit();
  const total = device.memoryTotalMiB ?? 0;
  const limit = spec.name === 'memory' && total > 0 ? inForce : 0;
  const word = t('charts.limitAt', { figure: sizeText(limit * total, total) });
  return <Plot {...more} spec={spec} card={total} limit={limit} limitWord={word} />;
}

/** Why a plot has no figures: what nvidia-smi said of the first of its lines. */
function useWhy(uuid: string): (spec: PlotSpec) => string | null {
  const { t } = useTranslation();
  const reasons = useSyncExternalStore(ticks.onChange, () => JSON.stringify(sampleOf(uuid)?.reasons ?? {}));
  const known = JSON.parse(reasons) as Partial<Record<GpuFigure, NoFigureReason>>;
  return ({ lines }) => {
    const reason = lines.map(({ metric }) => known[metric as GpuFigure]).find((one) => one !== undefined);
    return reason ? t(`charts.why.${reason}`) : null;
  };
}

const sampleOf = (uuid: string): GpuSample | undefined => ticks.latest()?.gpus.find((gpu) => gpu.uuid === uuid);
