import { memo, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { budgetMiB, type CardView, type GpuSample, type Limit } from '#contract';
import { sizeText } from '../../parts/index.ts';
import type { Gpu } from '../use-gpu.ts';

const SHOWN_NAMES = 2;
/** The share of the bar that a limit's label takes. */
const LABEL_SHARE = 0.2;
/** Beyond this share a label goes to the left of its line, so that it stays on the card. */
const RIGHT_EDGE = 0.92;

interface Part {
  name: 'context' | 'weights' | 'kv' | 'activations' | 'kept' | 'backend' | 'others' | 'driver';
  /** A key of gpu.parts where it differs from the name. */
  label?: 'system';
  mib: number;
}

/** Our own share by part, from the left. */
function oursOf(sample: GpuSample): Part[] {
  const { ours } = sample;
  if (!ours) return [];
  const parts: Part[] = [
    { name: 'context', mib: ours.contextMiB },
    { name: 'weights', mib: ours.weightsMiB },
    { name: 'kv', mib: ours.kvCacheMiB },
    { name: 'activations', mib: ours.activationsMiB },
    { name: 'kept', mib: ours.keptMiB },
  ];
  // A foreign backend does not report its parts, so its share is one part.
  return sum(parts) === 0 && ours.usedMiB > 0 ? [{ name: 'backend', mib: ours.usedMiB }] : parts;
}

/** One GPU's memory in one bar with its labels and legend. */
export function MemoryBar(props: { gpu: Gpu; view: CardView; sample: GpuSample }) {
  const { gpu, view, sample } = props;
  const { limit, pending, names, ghost } = gpu;
  const { t } = useTranslation();
  const share = shareOf(limit, view);
  const next = pending === null ? null : shareOf(pending, view);
  // The labels of two close limits would overlap.
  const apart = share === null || next === null || Math.abs(next - share) > LABEL_SHARE;
  const otherNames = names.slice(0, SHOWN_NAMES).join(', ') + (names.length > SHOWN_NAMES ? ' …' : '');
  return (
    <>
      <Bar
        {...props}
        limitLabel={apart && t('gpu.limit', { limit: label(limit) })}
        pendingLabel={pending !== null && t('gpu.pending', { limit: label(pending) })}
      />
      <div className="legend">
        {[...oursOf(sample), ...restOf(gpu, view).reverse()].map((part) => (
          <span key={part.name}>
            <i className={part.name === 'kept' ? 'kept' : ''} style={colour(part.name)} />
            <span className="dim">
              {part.name === 'others' && otherNames ? otherNames : t(`gpu.parts.${part.label ?? part.name}`)}
            </span>{' '}
            {sizeText(part.mib, view.total)}
          </span>
        ))}
        {ghost && (
          <span>
            <i className={`ghost ${ghost.tone}`} />
            <span className="dim">{t('gpu.ghost')}</span> {sizeText(ghost.mib, view.total)}
          </span>
        )}
      </div>
    </>
  );
}

interface BarProps {
  gpu: Gpu;
  view: CardView;
  sample: GpuSample;
  limitLabel?: ReactNode;
  pendingLabel?: ReactNode;
}

/**
 * The bar alone: our share from the left, the others' from the right, the limit measured from the left, and dashed what the
 * next run would take.
 */
export function Bar({ gpu, view, sample, limitLabel, pendingLabel }: BarProps) {
  const { limit, pending, ghost } = gpu;
  const percent = (mib: number) => Math.round((1_000 * mib) / view.total) / 10;
  const share = shareOf(limit, view);
  const next = pending === null ? null : shareOf(pending, view);
  return (
    <div className="bar">
      {stacked(oursOf(sample)).map(({ name, from, mib }) => (
        <PartOfBar key={name} name={name} left={percent(from)} width={percent(mib)} />
      ))}
      {stacked(restOf(gpu, view)).map(({ name, from, mib }) => (
        <PartOfBar key={name} name={name} right={percent(from)} width={percent(mib)} />
      ))}
      {ghost && <span className={`ghost ${ghost.tone}`} style={{ width: `${Math.min(100, percent(ghost.mib))}%` }} />}
      {share !== null && <Mark className={`mark ${side(share)}`} share={share} label={limitLabel} />}
      {next !== null && <Mark className={`mark pending ${side(next)}`} share={next} label={pendingLabel} />}
    </div>
  );
}

/** Ticks change few parts visibly, so the others are not rendered. Positions are in percent. */
const PartOfBar = memo(function PartOfBar(props: { name: Part['name']; left?: number; right?: number; width: number }) {
  const { name, left, right, width } = props;
  const at = left === undefined ? { right: `${right}%` } : { left: `${left}%` };
  return (
    <span className={name === 'kept' ? 'part kept' : 'part'} style={{ ...colour(name), ...at, width: `${width}%` }} />
  );
});

function Mark({ className, share, label }: { className: string; share: number; label: ReactNode }) {
  return (
    <span className={className} style={{ left: `${share * 100}%` }}>
      {label && <span>{label}</span>}
    </span>
  );
}

/** The driver's and the others' share, from the right. */
const restOf = ({ device }: Gpu, view: CardView): Part[] => [
  { name: 'driver', mib: view.driver, ...(device.unified ? { label: 'system' } : {}) },
  { name: 'others', mib: view.others },
];

/** Each part with where it begins. */
function stacked(parts: Part[]): (Part & { from: number })[] {
  let end = 0;
  return parts.map((part) => {
    const from = end;
    end += part.mib;
    return { ...part, from };
  });
}

/** The budget as a share of the GPU; null without a limit. */
function shareOf(limit: Limit, { total }: CardView): number | null {
  const budget = budgetMiB(limit, total);
  return budget === null ? null : budget / total;
}

const label = (limit: Limit) => (typeof limit === 'number' ? `${Math.round(limit * 100)} %` : limit);

const side = (share: number) => (share > RIGHT_EDGE ? 'right' : '');

const sum = (parts: Part[]) => parts.reduce((total, part) => total + part.mib, 0);

const colour = (name: Part['name']) =>
  name === 'kept' ? {} : { background: `var(--${name === 'backend' ? 'weights' : name})` };
