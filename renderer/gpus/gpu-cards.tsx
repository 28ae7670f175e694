import { useTranslation } from 'react-i18next';
import { useNow } from '../parts/index.ts';
import { usePanelState } from '../store.ts';
import { useLatestTick } from '../transport/index.ts';
import { CachedModels } from './cached-models.tsx';
import { CollectionHealth } from './collection.tsx';
import { staleFor } from './freshness.ts';
import { GpuCard } from './gpu-card.tsx';
import { Host } from './host.tsx';
import './gpu-cards.css';
import { TelemetryFault, TelemetryRests } from './telemetry-fault.tsx';

export function GpuCards() {
  const { t } = useTranslation();
  const { devices, state, collection } = usePanelState((panel) => panel.telemetry);
  const tick = useLatestTick();
  const stale = staleFor(useNow(1_000), tick?.time ?? null, collection);
  return (
    <>
      <Heading stale={stale} />
      {state === 'failed' && <TelemetryFault />}
      {(state === 'asleep' || state === 'off') && <TelemetryRests state={state} />}
      {state === 'starting' && <div className="card dim">{t('gpu.waiting')}</div>}
      {state === 'ok' &&
        devices.map((device) => (
          <GpuCard
            key={device.uuid}
            device={device}
            sample={tick?.gpus.find((gpu) => gpu.uuid === device.uuid)}
            many={devices.length > 1}
            stale={stale}
          />
        ))}
      {/* The backend tells of a model, not of its share of each card. */}
      {state === 'ok' && devices.length > 1 && <CachedModels />}
      {state === 'ok' && stale === null && <Host />}
    </>
  );
}

/** What the cards below are of, and how well their figures come. */
function Heading({ stale }: { stale: number | null }) {
  const { t } = useTranslation();
  const { devices, source } = usePanelState((panel) => panel.telemetry);
  const driver = devices.find(({ driverVersion }) => driverVersion !== null)?.driverVersion;
  const real = [
    devices.length > 0 && t('telemetry.gpus', { count: devices.length }),
    driver && t('telemetry.driver', { driver }),
  ];
  return (
    <div className="gpu-heading dim small">
      <span>{source === 'emulator' ? t('gpu.emulated') : real.filter(Boolean).join(' · ')}</span>
      <span className="grow" />
      <CollectionHealth stale={stale} />
    </div>
  );
}
