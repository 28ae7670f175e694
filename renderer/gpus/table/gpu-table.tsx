import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';
import { type GpuDevice, limitInForce } from '#contract';
import { usePlannedRun } from '../../next-run/index.ts';
import { usePlace } from '../../routes/index.ts';
import { usePanelState } from '../../store.ts';
import { CachedModels } from '../card/cached-models.tsx';
import { gpusOf } from '../card/ghost.ts';
import { CollectionHealth } from '../telemetry/collection-health.tsx';
import { useStale } from '../telemetry/use-stale.ts';
import { columns } from './columns.ts';
import { GpuRow } from './gpu-row.tsx';
import { summaryOf } from './summary.ts';
import '../card/gpu-card.css';
import './gpu-table.css';

/** Several GPUs, one row each; a row opens to the GPU's card, and the charts then show that GPU in large. */
export function GpuTable({ devices }: { devices: readonly GpuDevice[] }) {
  const [opened, setOpened] = usePlace('gpu');
  const staleMs = useStale();
  const toggle = useCallback(
    (index: number) => setOpened(opened === String(index) ? null : String(index)),
    [opened, setOpened],
  );
  return (
    <div className={staleMs === null ? 'card gpus' : 'card gpus stale'}>
      <Heading devices={devices} />
      <table className="gpu-table">
        <Columns />
        <tbody>
          {devices.map((device) => (
            <GpuRow
              key={device.uuid}
              device={device}
              opened={opened === String(device.index)}
              staleMs={staleMs}
              onToggle={toggle}
            />
          ))}
        </tbody>
      </table>
      <GhostLegend />
      <CachedModels />
    </div>
  );
}

function Heading({ devices }: { devices: readonly GpuDevice[] }) {
  const { t } = useTranslation();
  const limit = usePanelState(limitInForce);
  const source = usePanelState((panel) => panel.telemetry.source);
  const driver = devices.find(({ driverVersion }) => driverVersion !== null)?.driverVersion;
  const summary = [summaryOf(devices, limit, t), driver && t('telemetry.driver', { driver })]
    .filter(Boolean)
    .join(' · ');
  return (
    <>
      <header>
        <h2>{t('gpu.table.title')}</h2>
        <span className="dim cut grow" title={summary}>
          {summary}
        </span>
        <CollectionHealth />
      </header>
      {source === 'emulator' && <div className="dim small">{t('gpu.emulated')}</div>}
    </>
  );
}

function Columns() {
  const { t } = useTranslation();
  return (
    <thead>
      <tr>
        {columns.map((name) => (
          <th key={name} scope="col" className={name}>
            {t(`gpu.table.${name}`)}
          </th>
        ))}
        <th scope="col" className="sign">
          <span className="visually-hidden">{t('gpu.table.warnings')}</span>
        </th>
      </tr>
    </thead>
  );
}

function GhostLegend() {
  const { t } = useTranslation();
  const planned = usePlannedRun((state) => state.planned);
  const gpus = gpusOf(planned?.plan ?? null).join(', ');
  return gpus === '' ? null : <div className="dim small ghost-legend">{t('gpu.table.ghost', { gpus })}</div>;
}
