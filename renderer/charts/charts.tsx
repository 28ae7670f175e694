import { Button } from '@mantine/core';
import { IconLayoutGrid } from '@tabler/icons-react';
import { useSyncExternalStore } from 'react';
import { useTranslation } from 'react-i18next';
import { type GpuDevice, HOST } from '#contract';
import { usePlace } from '../routes/index.ts';
import { usePanelState } from '../store.ts';
import { ticks } from '../transport/index.ts';
import { ChartBar } from './chart-bar.tsx';
import { useEvents } from './events/use-events.ts';
import { useRangeInAddress } from './feed/use-places.ts';
import { GpuChart } from './gpu-chart.tsx';
import { HostChart } from './host-chart.tsx';
import { Legend } from './legend.tsx';
import { type PlotName, plotNames, specOf } from './plots.ts';
import { ZoomedRange } from './range-control.tsx';
import { useLimit } from './use-limit.ts';
import './charts.css';

/** The history of every GPU and of system RAM, with one time range and one metric for all; an open GPU alone, in large. */
export function Charts() {
  const { t } = useTranslation();
  const [name, setName] = usePlotName();
  const [gpu, setGpu] = usePlace('gpu');
  const devices = usePanelState((state) => state.telemetry.devices);
  const host = useSyncExternalStore(ticks.onChange, () => (ticks.latest()?.host ?? null) !== null);
  const events = useEvents();
  const limit = useLimit();
  useRangeInAddress();
  // Charts stay while telemetry is lost: they show the time before, and why it ended.
  if (devices.length === 0 && !host) return null;
  const opened = devices.length > 1 ? devices.find(({ index }) => String(index) === gpu) : undefined;
  const shown: readonly GpuDevice[] = opened ? [opened] : devices;
  const many = shown.length > 1;
  const spec = specOf(name);
  return (
    <section className="charts" aria-label={t('charts.title')}>
      <ChartBar name={name} onName={setName} />
      <div className="chart-line">
        {many && spec && <Legend lines={spec.lines} limit={limit} />}
        {opened && (
          <Button
            size="compact-xs"
            variant="default"
            leftSection={<IconLayoutGrid size={14} aria-hidden />}
            onClick={() => setGpu(null)}
          >
            {t('charts.allGpus')}
          </Button>
        )}
        <span className="grow" />
        <ZoomedRange />
      </div>
      <div className={many ? 'chart-grid' : 'chart-stack'}>
        {shown.map((device) => (
          <GpuChart key={device.uuid} device={device} name={name} many={many} events={events} />
        ))}
        {host && <HostChart key={HOST} many={many} />}
      </div>
    </section>
  );
}

/** The metric of all charts, kept in the address. */
function usePlotName(): [PlotName, (name: PlotName) => void] {
  const [place, setPlace] = usePlace('chart');
  const name = plotNames.find((one) => one === place) ?? 'memory';
  return [name, (next) => setPlace(next === 'memory' ? null : next)];
}
