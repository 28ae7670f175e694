import { IconMoon } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { useSentence } from '../../i18n/index.ts';
import { OutputLines, Trouble } from '../../parts/index.ts';
import type { Gpu } from '../use-gpu.ts';
import { missingMemory } from '../vitals/vital-signs.ts';
import { Vitals } from '../vitals/vitals.tsx';
import { Warnings } from '../vitals/warnings.tsx';
import { Xids } from '../vitals/xids.tsx';
import { CachedModels } from './cached-models.tsx';
import { CardTitle, StaleTag } from './card-title.tsx';
import { HeadroomFigure } from './headroom-figure.tsx';
import { MemoryBar } from './memory-bar.tsx';
import { Mig } from './mig.tsx';

interface FullCardProps {
  gpu: Gpu;
  /** The only GPU of this machine. */
  only: boolean;
  /** See useStale. */
  staleMs: number | null;
  /** Null if it cannot be collapsed. */
  onClose: (() => void) | null;
}

export function FullCard({ gpu, only, staleMs, onClose }: FullCardProps) {
  const { device, sample, view, xids, pending, names } = gpu;
  const mig = device.migEnabled === true;
  return (
    <section className={staleMs === null ? 'card' : 'card stale'} aria-label={`GPU ${device.index}`}>
      <header>
        <CardTitle device={device} onClose={onClose} />
        <span className="grow" />
        {sample?.state === 'ok' && <Vitals sample={sample} mig={mig} />}
      </header>
      {view && <HeadroomFigure {...{ view, pending, names, staleMs }} unified={device.unified} />}
      {view && sample && <MemoryBar gpu={gpu} view={view} sample={sample} />}
      {!view && (device.asleep ? <Asleep /> : <NoMemoryUsage device={device} sample={sample} staleMs={staleMs} />)}
      {sample && <Warnings sample={sample} />}
      <Xids xids={xids} />
      {mig && <Mig uuid={device.uuid} />}
      {only && <CachedModels />}
    </section>
  );
}

function Asleep() {
  const { t } = useTranslation();
  return (
    <Trouble
      title={t('telemetry.asleep.title')}
      cause={t('telemetry.asleep.cause')}
      remedy={t('telemetry.asleep.remedy')}
      icon={IconMoon}
      calm
    />
  );
}

/** Replaces the bar if the memory usage is unknown: an empty bar would look like a free GPU. */
function NoMemoryUsage({ device, sample, staleMs }: Pick<Gpu, 'device' | 'sample'> & { staleMs: number | null }) {
  const { t } = useTranslation();
  const sentence = useSentence();
  if (!sample) return <p className="dim">{t('telemetry.noSample')}</p>;
  const { state } = sample;
  const reason = missingMemory(sample);
  const cause =
    state === 'ok'
      ? t('gpu.state.ok.cause', { reason: t(`telemetry.missing.${reason}`) })
      : t(`gpu.state.${state}.cause`);
  return (
    <Trouble
      title={t(`gpu.state.${state}.title`)}
      cause={cause}
      remedy={t(`gpu.state.${state}.remedy`)}
      calm={state === 'ok'}
    >
      {device.fault && <OutputLines text={sentence(device.fault)} />}
      {staleMs !== null && <StaleTag ageMs={staleMs} />}
    </Trouble>
  );
}
