import { useTranslation } from 'react-i18next';
import type { Comparison } from '#contract';
import { letterOf, signed } from './verdict.ts';

const percent = (share: number | undefined) => (share === undefined ? '–' : (100 * share).toFixed(1));

/** Accuracies by subject in per cent, with the difference to the baseline. */
export function SubjectTable({ comparison }: { comparison: Comparison }) {
  const { t } = useTranslation();
  const { groups, runs } = comparison;
  const bySubject = groups.map((scores) => new Map(scores.map(({ group: [name = ''], score }) => [name, score])));
  const subjects = [...new Set(bySubject.flatMap((scores) => [...scores.keys()]))].sort();
  return (
    <div className="compare-scroll">
      <table className="plain small">
        <thead>
          <tr>
            <th>{t('runs.subject')}</th>
            {runs.map(({ req_id }, i) => (
              <th key={req_id} className="number">
                {i === 0 ? letterOf(i) : `${letterOf(i)} (${letterOf(i)} − A)`}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {subjects.map((subject) => (
            <tr key={subject}>
              <td>{subject}</td>
              {bySubject.map((scores, i) => (
                <td key={runs[i]?.req_id} className="number">
                  {percent(scores.get(subject))}{' '}
                  {i > 0 && <Difference one={bySubject[0]?.get(subject)} two={scores.get(subject)} />}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Difference({ one, two }: { one: number | undefined; two: number | undefined }) {
  if (one === undefined || two === undefined) return null;
  return <span className="dim">({signed(100 * (two - one), 1)})</span>;
}
