import { useEffect, useState, useSyncExternalStore } from 'react';
import { useTranslation } from 'react-i18next';
import { HOST } from '#contract';
import { useReplayed } from '../replay/index.ts';
import { usePanelState } from '../store.ts';
import { ticks } from '../transport/index.ts';
import { ChartBar, WindowWords } from './chart-bar.tsx';
import { useRange } from './feed/range.ts';
import { type PlotName, specOf } from './plots.ts';
import './charts.css';
import { useShownEvents } from './events/use-events.ts';
import { GpuChart } from './gpu-chart.tsx';
import { HostChart } from './host-chart.tsx';
import { Legend } from './legend.tsx';
import { useLimit } from './use-limit.ts';

/** Everything over time: one range and one choice for all GPUs, and the machine's own memory beside them. */
export function Charts() {
  const { t } = useTranslation();
  const [name, setName] = useState<PlotName>('memory');
  const devices = usePanelState((state) => state.telemetry.devices);
  const host = useSyncExternalStore(ticks.onChange, () => (ticks.latest()?.host ?? null) !== null);
  const events = useShownEvents();
  const limit = useLimit() > 0;
  useRecorded();
  // Also while no figures come: what was before is still to be seen, and why it ended.
  if (devices.length === 0 && !host) return null;
  const many = devices.length > 1;
  const spec = specOf(name);
  return (
    <section className="charts" aria-label={t('charts.title')}>
      <ChartBar name={name} onName={setName} />
      <div className="chart-line">
        {many && spec && <Legend lines={spec.lines} limit={limit && name === 'memory'} />}
        <span className="grow" />
        <WindowWords />
      </div>
      <div className={many ? 'multiples' : 'stack-wide'}>
        {devices.map((device) => (
          <GpuChart key={device.uuid} device={device} name={name} many={many} events={events} />
        ))}
        {host && <HostChart key={HOST} many={many} />}
      </div>
    </section>
  );
}

/** Behind a recording lies no history: its charts end where it stands. */
function useRecorded() {
  const recorded = useReplayed(({ replay }) => replay !== null);
  const setRecorded = useRange((state) => state.setRecorded);
  useEffect(() => setRecorded(recorded), [recorded, setRecorded]);
}
