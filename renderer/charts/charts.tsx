import { useEffect, useState, useSyncExternalStore } from 'react';
import { useTranslation } from 'react-i18next';
import { HOST } from '#contract';
import { useReplayed } from '../replay/index.ts';
import { usePanelState } from '../store.ts';
import { ticks } from '../transport/index.ts';
import { ChartBar } from './chart-bar.tsx';
import { useEvents } from './events/use-events.ts';
import { useRange } from './feed/range.ts';
import { GpuChart } from './gpu-chart.tsx';
import { HostChart } from './host-chart.tsx';
import { Legend } from './legend.tsx';
import { type PlotName, specOf } from './plots.ts';
import { ZoomedRange } from './range-control.tsx';
import { useLimit } from './use-limit.ts';
import './charts.css';

/** The history of every GPU and of system RAM, with one time range and one metric for all. */
export function Charts() {
  const { t } = useTranslation();
  const [name, setName] = useState<PlotName>('memory');
  const devices = usePanelState((state) => state.telemetry.devices);
  const host = useSyncExternalStore(ticks.onChange, () => (ticks.latest()?.host ?? null) !== null);
  const events = useEvents();
  const limit = useLimit();
  useRecordedRange();
  // Charts stay while telemetry is lost: they show the time before, and why it ended.
  if (devices.length === 0 && !host) return null;
  const many = devices.length > 1;
  const spec = specOf(name);
  return (
    <section className="charts" aria-label={t('charts.title')}>
      <ChartBar name={name} onName={setName} />
      <div className="chart-line">
        {many && spec && <Legend lines={spec.lines} limit={limit} />}
        <span className="grow" />
        <ZoomedRange />
      </div>
      <div className={many ? 'chart-grid' : 'chart-stack'}>
        {devices.map((device) => (
          <GpuChart key={device.uuid} device={device} name={name} many={many} events={events} />
        ))}
        {host && <HostChart key={HOST} many={many} />}
      </div>
    </section>
  );
}

/** A recording has no history, so its charts end at the playback position. */
function useRecordedRange() {
  const recorded = useReplayed(({ replay }) => replay !== null);
  const setRecorded = useRange((state) => state.setRecorded);
  useEffect(() => setRecorded(recorded), [recorded, setRecorded]);
}
