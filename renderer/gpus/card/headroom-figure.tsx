import { useTranslation } from 'react-i18next';
import { type CardView, type Limit, limitText } from '#contract';
import { duration, size, sizeText } from '../../parts/index.ts';
import { judgeLimit } from './headroom.ts';

const SHOWN_NAMES = 2;

/** The headroom in large, what bounds it, and what a pending limit would leave. */
export function HeadroomFigure(props: {
  view: CardView;
  pending: Limit | null;
  names: string[];
  /** Its memory is the system RAM. */
  unified: boolean;
  staleMs: number | null;
}) {
  const { view, pending, names, unified, staleMs } = props;
  const { t } = useTranslation();
  const { text, unit } = size(view.headroom, view.total);
  const caption =
    view.budget === null
      ? t('gpu.headroomNoLimit', { total: sizeText(view.total, view.total) })
      : t('gpu.headroom', { budget: sizeText(view.budget, view.total) });
  const bound = unified
    ? t('gpu.unified.bound')
    : names.length > 0
      ? t('gpu.boundBy', { names: names.slice(0, SHOWN_NAMES).join(', ') })
      : t('gpu.bound');
  return (
    <div className="row headroom-row">
      <span className="headroom">{text}</span>
      <span className="dim">
        {unit} {caption}
        {view.boundByOthers && view.budget !== null && t('gpu.bounded', { bound })}
      </span>
      <span className="grow" />
      {staleMs === null ? (
        <span className="tag">{t('gpu.measured')}</span>
      ) : (
        <span className="tag tight">{t('telemetry.stale', { time: duration(staleMs) })}</span>
      )}
      {pending !== null && <PendingVerdict view={view} limit={pending} />}
    </div>
  );
}

function PendingVerdict({ view, limit }: { view: CardView; limit: Limit }) {
  const { t } = useTranslation();
  const { verdict, left } = judgeLimit(view, limit);
  const values = { limit: limitText(limit), left: sizeText(Math.abs(left), view.total) };
  return <span className={`tag ${verdict}`}>{t(`gpu.verdict.${verdict}`, values)}</span>;
}
