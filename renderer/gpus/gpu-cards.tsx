import { useTranslation } from 'react-i18next';
import { useNow } from '../parts/index.ts';
import { usePanelState } from '../store.ts';
import { useLatestTick } from '../transport/index.ts';
import { CachedModels } from './card/cached-models.tsx';
import { GpuCard } from './card/gpu-card.tsx';
import { Host } from './host/host.tsx';
import { CollectionHealth } from './telemetry/collection-health.tsx';
import { staleFor } from './telemetry/staleness.ts';
import { TelemetryFault, TelemetryPaused } from './telemetry/telemetry-fault.tsx';
import './gpu-cards.css';

/** All GPUs and system RAM, or why there are no samples. */
export function GpuCards() {
  const { t } = useTranslation();
  const { devices, state, collection } = usePanelState((panel) => panel.telemetry);
  const tick = useLatestTick();
  const staleMs = staleFor(useNow(1_000), tick?.time ?? null, collection);
  return (
    <>
      <Heading staleMs={staleMs} />
      {state === 'failed' && <TelemetryFault />}
      {(state === 'asleep' || state === 'off') && <TelemetryPaused state={state} />}
      {state === 'starting' && <div className="card dim">{t('gpu.waiting')}</div>}
      {state === 'ok' &&
        devices.map((device) => (
          <GpuCard
            key={device.uuid}
            device={device}
            sample={tick?.gpus.find((gpu) => gpu.uuid === device.uuid)}
            many={devices.length > 1}
            staleMs={staleMs}
          />
        ))}
      {/* The backend reports the size of a model, not its share of each GPU. */}
      {state === 'ok' && devices.length > 1 && <CachedModels />}
      {state === 'ok' && staleMs === null && <Host />}
    </>
  );
}

/** The GPU count, the driver and the state of telemetry. */
function Heading({ staleMs }: { staleMs: number | null }) {
  const { t } = useTranslation();
  const { devices, source } = usePanelState((panel) => panel.telemetry);
  const driver = devices.find(({ driverVersion }) => driverVersion !== null)?.driverVersion;
  const facts = [
    devices.length > 0 && t('telemetry.gpus', { count: devices.length }),
    driver && t('telemetry.driver', { driver }),
  ];
  return (
    <div className="gpu-heading dim small">
      <span>{source === 'emulator' ? t('gpu.emulated') : facts.filter(Boolean).join(' · ')}</span>
      <span className="grow" />
      <CollectionHealth staleMs={staleMs} />
    </div>
  );
}
