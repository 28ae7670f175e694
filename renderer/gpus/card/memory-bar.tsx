import { useTranslation } from 'react-i18next';
import { budgetMiB, type CardView, type GpuSample, type Limit } from '#contract';
import { sizeText } from '../../parts/index.ts';
import type { Gpu } from '../use-gpu.ts';
import type { Ghost } from './ghost.ts';

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

/**
 * One GPU's memory in one bar: our share from the left, the others' from the right, the limit measured from the left, and
 * dashed what the next run would take. `compact`: without labels and legend.
 */
export function MemoryBar(props: { gpu: Gpu; view: CardView; sample: GpuSample; compact: boolean }) {
  const { gpu, view, sample, compact } = props;
  const { limit, pending, names, ghost } = gpu;
  const { unified } = gpu.device;
  const { t } = useTranslation();
  const ours = oursOf(sample);
  const rest: Part[] = [
    { name: 'driver', mib: view.driver, ...(unified ? { label: 'system' } : {}) },
    { name: 'others', mib: view.others },
  ];
  const otherNames = names.slice(0, SHOWN_NAMES).join(', ') + (names.length > SHOWN_NAMES ? ' …' : '');
  const percent = (mib: number) => (100 * mib) / view.total;
  const shareOf = (one: Limit) => {
    const budget = budgetMiB(one, view.total);
    return budget === null ? null : budget / view.total;
  };
  const share = shareOf(limit);
  const next = pending === null ? null : shareOf(pending);
  return (
    <>
      <div className="bar">
        {ours.map((part, i) => (
          <span
            key={part.name}
            className={part.name === 'kept' ? 'part kept' : 'part'}
            style={{ ...colour(part), left: `${percent(sum(ours.slice(0, i)))}%`, width: `${percent(part.mib)}%` }}
          />
        ))}
        {rest.map((part, i) => (
          <span
            key={part.name}
            className="part"
            style={{ ...colour(part), right: `${percent(sum(rest.slice(0, i)))}%`, width: `${percent(part.mib)}%` }}
          />
        ))}
        {ghost && <GhostMark ghost={ghost} total={view.total} />}
        {share !== null && (
          <span className={`mark ${side(share)}`} style={{ left: `${share * 100}%` }}>
            {/* The labels of two close limits would overlap. */}
            {!compact && (next === null || Math.abs(next - share) > LABEL_SHARE) && (
              <span>{t('gpu.limit', { limit: label(limit) })}</span>
            )}
          </span>
        )}
        {pending !== null && next !== null && (
          <span className={`mark pending ${side(next)}`} style={{ left: `${next * 100}%` }}>
            {!compact && <span>{t('gpu.pending', { limit: label(pending) })}</span>}
          </span>
        )}
      </div>
      {!compact && (
        <div className="legend">
          {[...ours, ...[...rest].reverse()].map((part) => (
            <span key={part.name}>
              <i className={part.name === 'kept' ? 'kept' : ''} style={colour(part)} />
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
      )}
    </>
  );
}

function GhostMark({ ghost, total }: { ghost: Ghost; total: number }) {
  const width = Math.min(100, (100 * ghost.mib) / total);
  return <span className={`ghost ${ghost.tone}`} style={{ width: `${width}%` }} />;
}

const label = (limit: Limit) => (typeof limit === 'number' ? `${Math.round(limit * 100)} %` : limit);

const side = (share: number) => (share > RIGHT_EDGE ? 'right' : '');

const sum = (parts: Part[]) => parts.reduce((total, part) => total + part.mib, 0);

const colour = ({ name }: Part) =>
  name === 'kept' ? {} : { background: `var(--${name === 'backend' ? 'weights' : name})` };
