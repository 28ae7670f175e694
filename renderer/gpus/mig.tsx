import { useTranslation } from 'react-i18next';
import type { GpuProcess, MigInstance } from '#contract';
import { sizeText } from '../parts/index.ts';
import { programOf } from '../processes/index.ts';
import { usePanelState } from '../store.ts';
import './mig.css';

/** A GPU that is cut into instances: each with its memory and who is on it. */
export function Mig({ uuid }: { uuid: string }) {
  const { t } = useTranslation();
  const all = usePanelState((state) => state.telemetry.mig);
  const instances = all.filter(({ gpuUuid }) => gpuUuid === uuid);
  return (
    <div className="mig">
      <div className="dim small">
        {t('telemetry.mig.title', { count: instances.length })} {t('telemetry.mig.wholeCard')}
      </div>
      {instances.length > 0 && (
        <ul>
          {instances.map((one) => (
            <Instance key={`${one.gpuInstance}.${one.computeInstance}`} instance={one} />
          ))}
        </ul>
      )}
    </div>
  );
}

function Instance({ instance }: { instance: MigInstance }) {
  const { t } = useTranslation();
  const { uuid, profile, gpuInstance, computeInstance, memoryTotalMiB: total, memoryUsedMiB: used } = instance;
  const processes = usePanelState((state) => state.telemetry.processes);
  const onIt = uuid === null ? [] : processes.filter(({ migUuid }) => migUuid === uuid);
  const ids = t('telemetry.mig.ids', { gpu: gpuInstance, compute: computeInstance });
  const size = total ?? 0;
  return (
    <li>
      <span className="profile" title={uuid ?? undefined}>
        {profile ?? t('telemetry.mig.noProfile')}
      </span>
      <span className="dim small ids">{ids}</span>
      <Bar total={size} used={used ?? 0} processes={onIt} />
      <span className="figure">
        {used === null ? '–' : sizeText(used, size)}{' '}
        <span className="dim">/ {total === null ? '–' : sizeText(total, size)}</span>
      </span>
      <span className="small cut who" title={onIt.map(({ name, pid }) => `${name} (${pid})`).join('\n')}>
        {onIt.length === 0 ? <span className="dim">{t('telemetry.mig.nobody')}</span> : onIt.map(wordsOf).join(', ')}
      </span>
    </li>
  );
}

/** Ours from the left, as on a whole card; then what others hold. */
function Bar({ total, used, processes }: { total: number; used: number; processes: GpuProcess[] }) {
  const held = processes.filter(({ ours }) => ours).reduce((sum, { usedMiB }) => sum + (usedMiB ?? 0), 0);
  const ours = Math.min(held, used);
  const percent = (mib: number) => `${total > 0 ? Math.min(100, (100 * mib) / total) : 0}%`;
  return (
    <div className="bar slim" aria-hidden>
      <span className="part" style={{ background: 'var(--weights)', left: 0, width: percent(ours) }} />
      <span className="part" style={{ background: 'var(--others)', right: 0, width: percent(used - ours) }} />
    </div>
  );
}

const wordsOf = ({ name, pid }: GpuProcess) => `${programOf(name)} (${pid})`;
