import { useTranslation } from 'react-i18next';
import { type GpuPlan, type Plan, sentenceOrText } from '#contract';
import { useSentence } from '../../i18n/index.ts';
import { bytesText, planParts, planRoom, planScale, StackedBar, shortestOf, sizeText } from '../../parts/index.ts';

const MIB = 2 ** 20;
/** Of " GiB". */
const UNIT = 4;

/** What a run takes of the GPUs, or of system RAM; of several GPUs the one that is closest to its limit. */
export function PlanMemory({ plan }: { plan: Plan }) {
  const { t } = useTranslation();
  const sentence = useSentence();
  const reason = sentence(sentenceOrText(plan.reason_sentence, plan.reason));
  // The sum may well fit where no split of the layers does.
  const short = plan.verdict === 'does_not_fit' && plan.gpus.length > 1 ? shortestOf(plan.gpus) : null;
  return (
    <>
      {reason && <div className="dim small">{reason}</div>}
      <Bars gpus={plan.gpus} />
      {short && <div className="small">{t('plan.short', { index: short.index, size: bytesText(short.bytes) })}</div>}
      {plan.offload && (
        <div className="dim small">{t('plan.offload', { size: bytesText(plan.offload.weights_on_cpu) })}</div>
      )}
    </>
  );
}

/** "33.1 to 33.6 of 63.6 GiB", over all GPUs. */
export function PeakText({ plan }: { plan: Plan }) {
  const { t } = useTranslation();
  const room = plan.gpus.reduce((sum, gpu) => sum + planRoom(gpu), 0);
  const figures = (bytes: number) => sizeText(bytes / MIB, Math.max(room, plan.total) / MIB);
  const high = figures(plan.total);
  if (plan.gpus.length === 0) return <>{t('plan.peakCpu', { high })}</>;
  const low = figures(plan.total_low);
  const allowed = figures(room);
  if (low === high) return <>{t('plan.peakOne', { high, allowed })}</>;
  // One unit for all three.
  return <>{t('plan.peak', { low: low.slice(0, -UNIT), high: high.slice(0, -UNIT), allowed })}</>;
}

function Bars({ gpus }: { gpus: GpuPlan[] }) {
  const { t } = useTranslation();
  const worst = worstOf(gpus);
  if (!worst) return null;
  if (gpus.length === 1) return <GpuBar gpu={worst} title={null} />;
  const scale = planScale(worst) / MIB;
  const total = sizeText(worst.total / MIB, scale);
  const values = { index: worst.index, total, room: sizeText(planRoom(worst) / MIB, scale) };
  return (
    <>
      <GpuBar gpu={worst} title={t('plan.worst', values)} />
      <details className="small">
        <summary>{t('plan.everyGpu', { count: gpus.length })}</summary>
        {gpus.map((gpu) => (
          <GpuBar key={gpu.index} gpu={gpu} title={t('plan.gpu', { index: gpu.index })} />
        ))}
      </details>
    </>
  );
}

/** The GPU whose plan leaves the smallest share of its room, or lacks the most. */
export function worstOf(gpus: readonly GpuPlan[]): GpuPlan | null {
  const share = (gpu: GpuPlan) => (gpu.live_peak > 0 ? gpu.total / Math.max(1, planRoom(gpu)) : 0);
  return gpus.reduce<GpuPlan | null>((worst, gpu) => (worst && share(worst) >= share(gpu) ? worst : gpu), null);
}

function GpuBar({ gpu, title }: { gpu: GpuPlan; title: string | null }) {
  const { t } = useTranslation();
  return (
    <StackedBar
      parts={planParts(gpu)}
      scale={planScale(gpu)}
      room={planRoom(gpu)}
      title={title}
      labels={{ kept: t('plan.reserve'), context: t('plan.context') }}
    />
  );
}
