import { useTranslation } from 'react-i18next';
import type { GpuProcess, MigInstance } from '#contract';
import { sizeText } from '../../parts/index.ts';
import { programName } from '../../processes/index.ts';
import { usePanelState } from '../../store.ts';
import './mig.css';

/** The MIG instances of a GPU, each with its memory and processes. */
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
          {instances.map((instance) => (
            <Instance key={`${instance.gpuInstance}.${instance.computeInstance}`} instance={instance} />
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
  const own = uuid === null ? [] : processes.filter(({ migUuid }) => migUuid === uuid);
  const ids = t('telemetry.mig.ids', { gpu: gpuInstance, compute: computeInstance });
  const size = total ?? 0;
  return (
    <li>
      <span className="profile" title={uuid ?? undefined}>
        {profile ?? t('telemetry.mig.noProfile')}
      </span>
      <span className="dim small ids">{ids}</span>
      <Bar total={size} used={used ?? 0} processes={own} />
      <span className="size">
        {used === null ? '–' : sizeText(used, size)}{' '}
        <span className="dim">/ {total === null ? '–' : sizeText(total, size)}</span>
      </span>
      <span className="small cut" title={own.map(({ name, pid }) => `${name} (${pid})`).join('\n')}>
        {own.length === 0 ? (
          <span className="dim">{t('telemetry.mig.noProcesses')}</span>
        ) : (
          own.map(processText).join(', ')
        )}
      </span>
    </li>
  );
}

/** Our share from the left, the others' from the right, as on a whole GPU. */
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

const processText = ({ name, pid }: GpuProcess) => `${programName(name)} (${pid})`;
