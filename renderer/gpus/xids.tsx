import { useTranslation } from 'react-i18next';
import type { Xid } from '#contract';
import { useMoments } from '../parts/index.ts';

const SHOWN = 3;

/** The newest errors that the driver wrote about one GPU; nothing where there is none. */
export function Xids({ xids }: { xids: readonly Xid[] }) {
  const { t } = useTranslation();
  const moments = useMoments();
  if (xids.length === 0) return null;
  return (
    <ul className="xids small" aria-label={t('telemetry.xid.title')}>
      {xids.slice(0, SHOWN).map(({ time, code, text }) => (
        <li key={`${time} ${code}`} className="cut" title={text}>
          <span className="tag over">{t('telemetry.xid.code', { code })}</span>{' '}
          <span className="dim">{moments.clock(time)}</span> {text}
        </li>
      ))}
    </ul>
  );
}
