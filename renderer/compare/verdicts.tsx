import { useTranslation } from 'react-i18next';
import type { Comparison } from '#contract';
import { useSentence } from '../i18n/index.ts';
import { Card } from '../parts/index.ts';
import { letterOf, signed, verdictOf, verdictText } from './verdict.ts';

/** One sentence for each run against the baseline, with the test that stands behind it. */
export function Verdicts({ comparison: { against } }: { comparison: Comparison }) {
  const { t } = useTranslation();
  const sentence = useSentence();
  return (
    <Card title={t('compare.verdicts')}>
      <div className="stack">
        {against.map((one, i) => {
          const letter = letterOf(i + 1);
          const verdict = verdictOf(one, ['A', letter]);
          const { pairs } = one;
          return (
            <div key={one.req_id} className="compare-verdict">
              {pairs && <strong className="compare-difference">{signed(pairs.difference)}</strong>}
              <div className="grow">
                <div>{verdictText(one, letter, t, sentence)}</div>
                {verdict && one.reason && <div className="compare-warning small">{sentence(one.reason)}</div>}
                {pairs && (
                  <div className="dim small">
                    {[
                      pairs.interval &&
                        t('compare.interval', { low: signed(pairs.interval[0]), high: signed(pairs.interval[1]) }),
                      t(`compare.test.${pairs.test}`),
                      against.length > 1 && t('compare.holm', { count: against.length }),
                      one.left_out > 0 && t('compare.leftOut', { count: one.left_out }),
                    ]
                      .filter(Boolean)
                      .join(' · ')}
                  </div>
                )}
              </div>
            </div>
          );
        })}
      </div>
    </Card>
  );
}
