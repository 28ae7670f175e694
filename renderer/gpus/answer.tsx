import { useTranslation } from 'react-i18next';
import type { CardView } from '#contract';
import { duration, size, sizeText } from '../parts/index.ts';
import { judge } from './headroom.ts';

/** The large number: how much headroom there is, what bounds it, and what a pending limit would make of it. */
export function Answer(props: { view: CardView; pending: number | null; names: string[]; stale: number | null }) {
  const { view, pending, names, stale } = props;
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
        {view.boundByOthers &&
          view.budget !== null &&
          `, ${names.length > 0 ? t('gpu.boundBy', { names: names.slice(0, 2).join(', ') }) : t('gpu.bound')}`}
      </span>
      <span className="grow" />
      {stale === null ? (
        <span className="tag">{t('gpu.measured')}</span>
      ) : (
        <span className="tag tight">{t('telemetry.stale', { time: duration(stale) })}</span>
      )}
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
