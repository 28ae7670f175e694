import { useTranslation } from 'react-i18next';
import type { CardView, GpuSample } from '#contract';
import { sizeText } from '../parts/index.ts';

const SHOWN_NAMES = 2;

interface Part {
  name: 'context' | 'weights' | 'kv' | 'working' | 'kept' | 'backend' | 'others' | 'driver';
  mib: number;
}

/** Ours from the left, in the five colours that memory has everywhere. */
function oursOf(sample: GpuSample): Part[] {
  const { ours } = sample;
  if (!ours) return [];
  const parts: Part[] = [
    { name: 'context', mib: ours.contextMiB },
    { name: 'weights', mib: ours.weightsMiB },
    { name: 'kv', mib: ours.kvCacheMiB },
    { name: 'working', mib: ours.workingSetMiB },
    { name: 'kept', mib: ours.keptMiB },
  ];
  // A backend that is not ours does not say what it holds: then its whole share is one part.
  return sum(parts) === 0 && ours.usedMiB > 0 ? [{ name: 'backend', mib: ours.usedMiB }] : parts;
}

/** The whole card in one bar: ours from the left, everybody else's from the right, the limit measured from the left. */
export function MemoryBar(props: {
  view: CardView;
  sample: GpuSample;
  limit: number;
  pending: number | null;
  /** Of those who hold what is not ours. */
  names: string[];
  /** The bar alone, without words. */
  compact: boolean;
}) {
  const { view, sample, limit, pending, names, compact } = props;
  const { t } = useTranslation();
  const ours = oursOf(sample);
  const rest: Part[] = [
    { name: 'driver', mib: view.driver },
    { name: 'others', mib: view.others },
  ];
  const shown = names.slice(0, SHOWN_NAMES).join(', ') + (names.length > SHOWN_NAMES ? ' …' : '');
  const percent = (mib: number) => (100 * mib) / view.total;
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
        {limit > 0 && (
          <span className={`mark ${side(limit)}`} style={{ left: `${limit * 100}%` }}>
            {/* Two labels side by side would lie over each other. */}
            {!compact && (pending === null || Math.abs(pending - limit) > 0.2) && (
              <span>{t('gpu.limit', { percent: Math.round(limit * 100) })}</span>
            )}
          </span>
        )}
        {pending !== null && pending > 0 && (
          <span className={`mark pending ${side(pending)}`} style={{ left: `${pending * 100}%` }}>
            {!compact && <span>{t('gpu.pending', { percent: Math.round(pending * 100) })}</span>}
          </span>
        )}
      </div>
      {!compact && (
        <div className="legend">
          {[...ours, ...[...rest].reverse()].map((part) => (
            <span key={part.name}>
              <i className={part.name === 'kept' ? 'kept' : ''} style={colour(part)} />
              <span className="dim">{part.name === 'others' && shown ? shown : t(`gpu.parts.${part.name}`)}</span>{' '}
              {sizeText(part.mib, view.total)}
            </span>
          ))}
        </div>
      )}
    </>
  );
}

/** Near the card's end a label goes to the left of its line, so that it stays on the card. */
const side = (share: number) => (share > 0.92 ? 'right' : '');

const sum = (parts: Part[]) => parts.reduce((total, part) => total + part.mib, 0);

const colour = ({ name }: Part) =>
  name === 'kept' ? {} : { background: `var(--${name === 'backend' ? 'weights' : name})` };
