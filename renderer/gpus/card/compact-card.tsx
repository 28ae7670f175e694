import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { CardView, GpuDevice, GpuSample, Xid } from '#contract';
import { sizeText } from '../../parts/index.ts';
import { missingMemory } from '../vitals/vital-signs.ts';
import { Vitals } from '../vitals/vitals.tsx';
import { WarningSign } from '../vitals/warnings.tsx';
import { CardTitle, StaleTag } from './card-title.tsx';

/** What both forms of a card show. */
export interface CardProps {
  device: GpuDevice;
  sample: GpuSample | undefined;
  /** Null if the sample has no memory usage. */
  view: CardView | null;
  bar: ReactNode;
  xids: readonly Xid[];
  staleMs: number | null;
}

/** One GPU among several: one line. */
export function CompactCard({ device, sample, view, bar, xids, staleMs, onOpen }: CardProps & { onOpen(): void }) {
  return (
    <section className={staleMs === null ? 'card compact' : 'card compact stale'} aria-label={`GPU ${device.index}`}>
      <header>
        <CardTitle device={device} opened={false} onToggle={onOpen} />
        {sample ? (
          <Summary sample={sample} mig={device.migEnabled === true} bar={bar} />
        ) : (
          device.asleep && <AsleepSummary />
        )}
        {sample && <WarningSign sample={sample} xids={xids} />}
        {staleMs !== null && <StaleTag ageMs={staleMs} />}
        {view && <strong className="headroom-left">{sizeText(view.headroom, view.total)}</strong>}
      </header>
    </section>
  );
}

/** The bar and two vital signs, or the GPU's error state. */
function Summary({ sample, mig, bar }: { sample: GpuSample; mig: boolean; bar: ReactNode }) {
  const { t } = useTranslation();
  if (sample.state !== 'ok')
    return (
      <>
        <span className="tag over">{t(`gpu.state.${sample.state}.title`)}</span>
        <span className="cut dim grow">{t(`gpu.state.${sample.state}.remedy`)}</span>
      </>
    );
  return (
    <>
      {bar || <NoMemoryUsage sample={sample} />}
      <Vitals sample={sample} mig={mig} compact />
    </>
  );
}

/** In place of the bar: an empty one would look like a free GPU. */
function NoMemoryUsage({ sample }: { sample: GpuSample }) {
  const { t } = useTranslation();
  const reason = missingMemory(sample);
  return (
    <span className="cut dim no-memory" title={t('gpu.state.ok.cause', { reason: t(`telemetry.missing.${reason}`) })}>
      {t('gpu.state.ok.title')}
    </span>
  );
}

function AsleepSummary() {
  const { t } = useTranslation();
  return (
    <>
      <span className="tag">{t('telemetry.asleep.title')}</span>
      <span className="cut dim grow">{t('telemetry.asleep.cause')}</span>
    </>
  );
}
