import { useTranslation } from 'react-i18next';
import type { Xid } from '#contract';
import { useSentence } from '../i18n/index.ts';
import { useMoments } from '../parts/index.ts';

const SHOWN = 3;

/** The newest errors that the driver wrote about one GPU; nothing where there is none. */
export function Xids({ xids }: { xids: readonly Xid[] }) {
  const { t } = useTranslation();
  const moments = useMoments();
  const word = useSentence();
  if (xids.length === 0) return null;
  return (
    <ul className="xids small" aria-label={t('telemetry.xid.title')}>
      {xids.slice(0, SHOWN).map(({ time, code, sentence }) => (
        <li key={`${time} ${code}`} className="cut" title={word(sentence)}>
          <span className="tag over">{t('telemetry.xid.code', { code })}</span>{' '}
          <span className="dim">{moments.clock(time)}</span> {word(sentence)}
        </li>
      ))}
    </ul>
  );
}
