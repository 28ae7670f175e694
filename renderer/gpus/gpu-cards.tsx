import { useTranslation } from 'react-i18next';
import { usePanelState } from '../store.ts';
import { CachedModels } from './card/cached-models.tsx';
import { GpuCard } from './card/gpu-card.tsx';
import { Host } from './host/host.tsx';
import { GpuTable } from './table/gpu-table.tsx';
import { CollectionHealth } from './telemetry/collection-health.tsx';
import { TelemetryFault, TelemetryPaused } from './telemetry/telemetry-fault.tsx';
import { useStale } from './telemetry/use-stale.ts';
import './gpu-cards.css';

/** From this many GPUs on, each is a row of a table. */
const TABLE_FROM = 3;

/** All GPUs and system RAM, or why there are no samples. */
export function GpuCards() {
  const { t } = useTranslation();
  const devices = usePanelState((panel) => panel.telemetry.devices);
  const state = usePanelState((panel) => panel.telemetry.state);
  const staleMs = useStale();
  if (state === 'ok' && devices.length >= TABLE_FROM)
    return (
      <>
        <GpuTable devices={devices} />
        {staleMs === null && <Host />}
      </>
    );
  return (
    <>
      <Heading />
      {state === 'failed' && <TelemetryFault />}
      {(state === 'asleep' || state === 'off') && <TelemetryPaused state={state} />}
      {state === 'starting' && <div className="card dim">{t('gpu.waiting')}</div>}
      {state === 'ok' &&
        devices.map((device) => (
          <GpuCard key={device.uuid} device={device} only={devices.length === 1} staleMs={staleMs} onClose={null} />
        ))}
      {/* The backend reports the size of a model, not its share of each GPU. */}
      {state === 'ok' && devices.length > 1 && <CachedModels />}
      {state === 'ok' && staleMs === null && <Host />}
    </>
  );
}

/** The GPU count, the driver and the state of telemetry. */
function Heading() {
  const { t } = useTranslation();
  const devices = usePanelState((panel) => panel.telemetry.devices);
  const source = usePanelState((panel) => panel.telemetry.source);
  const driver = devices.find(({ driverVersion }) => driverVersion !== null)?.driverVersion;
  const facts = [
    devices.length > 0 && t('telemetry.gpus', { count: devices.length }),
    driver && t('telemetry.driver', { driver }),
  ];
  return (
    <div className="gpu-heading dim small">
      <span>{source === 'emulator' ? t('gpu.emulated') : facts.filter(Boolean).join(' · ')}</span>
      <span className="grow" />
      <CollectionHealth />
    </div>
  );
}
