import { useTranslation } from 'react-i18next';
import type { Run } from '#contract';
import { useSentence } from '../../i18n/index.ts';
import { Card } from '../../parts/index.ts';
import type { Tests } from '../items/tests.ts';
import { conditionLines, spillLines } from './condition-lines.ts';
import type { Conditions } from './use-conditions.ts';
import { useSpeed } from './use-speed.ts';

/** How fast it ran and what that took, and what a comparison has to know about it. */
export function SpeedCard({ run, tests, conditions }: { run: Run; tests: Tests; conditions: Conditions }) {
  const { t } = useTranslation();
  const sentence = useSentence();
  const rows = useSpeed(run, tests, conditions.found);
  if (run.start_time === null) return null;
  const lines = [...spillLines(run, t), ...(conditions.found ? conditionLines(conditions.found, t) : [])];
  return (
    <Card title={t('runPage.speed')}>
      <dl className="run-facts">
        {rows.map(({ name, value, about }) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>
              {value ?? <span className="dim">{t('runPage.unknownValue')}</span>}
              {about && <span className="dim"> {about}</span>}
            </dd>
          </div>
        ))}
      </dl>
      <ul className="run-conditions">
        {lines.map(({ kind, text }) => (
          <li key={text} className={kind === 'slow' ? 'slow' : 'dim'}>
            {text}
          </li>
        ))}
      </ul>
      {conditions.error && <div className="error small">{sentence(conditions.error.sentence)}</div>}
    </Card>
  );
}
