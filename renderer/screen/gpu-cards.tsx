import { useTranslation } from 'react-i18next';
import type { GpuDevice, GpuSample } from '#contract';
import { type CardView, judge, viewCard } from '../live/headroom.ts';
import { useLatestTick } from '../live/ticks.ts';
import { size, sizeText } from '../live/units.ts';
import { usePanelState } from '../store.ts';
import { MemoryBar } from './memory-bar.tsx';

export function GpuCards() {
  const { t } = useTranslation();
  const { devices, state, fault, source } = usePanelState((panel) => panel.telemetry);
  const tick = useLatestTick();
  return (
    <>
      {source === 'emulator' && (
        <p className="dim small" style={{ margin: 0 }}>
          {t('gpu.emulated')}
        </p>
      )}
      {state === 'failed' && (
        <section className="card" aria-label={t('gpu.failed')}>
          <strong className="error">{t('gpu.failed')}</strong>
          <pre className="lines">{fault?.said}</pre>
        </section>
      )}
      {state === 'starting' && <div className="card dim">{t('gpu.waiting')}</div>}
      {state === 'ok' &&
        devices.map((device) => (
          <GpuCard key={device.uuid} device={device} sample={tick?.gpus.find((gpu) => gpu.uuid === device.uuid)} />
        ))}
    </>
  );
}

function GpuCard({ device, sample }: { device: GpuDevice; sample: GpuSample | undefined }) {
  const { t } = useTranslation();
  const settings = usePanelState((state) => state.settings);
  const limit = settings.running?.LBS_GPU_MEMORY_LIMIT ?? settings.desired.LBS_GPU_MEMORY_LIMIT;
  const pending = settings.pending.includes('LBS_GPU_MEMORY_LIMIT') ? settings.desired.LBS_GPU_MEMORY_LIMIT : null;
  const view = sample && viewCard(sample, limit);
  return (
    <section className="card" aria-label={`GPU ${device.index}`}>
      <header>
        <h2>GPU {device.index}</h2>
        <span className="dim">{device.name}</span>
        <span className="grow" />
        {sample && <span className="dim">{vitals(sample)}</span>}
      </header>
      {view && sample ? (
        <>
          <Answer view={view} pending={pending} />
          <MemoryBar view={view} sample={sample} limit={limit} pending={pending} />
        </>
      ) : (
        sample && <p className="error">{t(`gpu.state.${sample.state}`)}</p>
      )}
    </section>
  );
}

function vitals(sample: GpuSample): string {
  const { utilizationGpu, temperature, powerDrawW, powerLimitW } = sample;
  return [
    utilizationGpu !== null && `${utilizationGpu} %`,
    temperature !== null && `${temperature} °C`,
    powerDrawW !== null && `${powerDrawW.toFixed(0)}${powerLimitW === null ? '' : ` / ${powerLimitW.toFixed(0)}`} W`,
  ]
    .filter(Boolean)
    .join('  ');
}

function Answer({ view, pending }: { view: CardView; pending: number | null }) {
  const { t } = useTranslation();
  const { text, unit } = size(view.headroom, view.total);
  const words =
    view.budget === null
      ? t('gpu.headroomNoLimit', { total: sizeText(view.total, view.total) })
      : t('gpu.headroom', { budget: sizeText(view.budget, view.total) });
  return (
    <div className="row">
      <span className="answer">{text}</span>
      <span className="dim">
        {unit} {words}
        {view.boundByOthers && view.budget !== null && `, ${t('gpu.bound')}`}
      </span>
      <span className="grow" />
      <span className="tag">{t('gpu.measured')}</span>
      {pending !== null && <Pending view={view} limit={pending} />}
    </div>
  );
}

function Pending({ view, limit }: { view: CardView; limit: number }) {
  const { t } = useTranslation();
  const { verdict, left } = judge(view, limit);
  const words = t(`gpu.verdict.${verdict}`, { limit: limit.toFixed(2), left: sizeText(Math.abs(left), view.total) });
  return <span className={`tag ${verdict}`}>{words}</span>;
}
