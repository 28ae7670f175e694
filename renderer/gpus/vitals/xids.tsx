import { useTranslation } from 'react-i18next';
import type { Xid } from '#contract';
import { useSentence } from '../../i18n/index.ts';
import { useTimeFormat } from '../../parts/index.ts';

const SHOWN = 3;

/** The newest Xid errors of one GPU. */
export function Xids({ xids }: { xids: readonly Xid[] }) {
  const { t } = useTranslation();
  const { clock } = useTimeFormat();
  const word = useSentence();
  if (xids.length === 0) return null;
  return (
    <ul className="xids small" aria-label={t('telemetry.xid.title')}>
      {xids.slice(0, SHOWN).map(({ time, code, sentence }) => (
        <li key={`${time} ${code}`} className="cut" title={word(sentence)}>
          <span className="tag over">{t('telemetry.xid.code', { code })}</span>{' '}
          <span className="dim">{clock(time)}</span> {word(sentence)}
        </li>
      ))}
    </ul>
  );
}
