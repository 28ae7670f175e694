import { useTranslation } from 'react-i18next';
import type { Comparison, GroupScore } from '#contract';
import { letterOf, signed } from './verdict.ts';

const bySubject = (scores: readonly GroupScore[]) =>
  new Map(scores.filter(({ group }) => group.length === 1).map(({ group: [name = ''], score }) => [name, score]));
const percent = (share: number | undefined) => (share === undefined ? '–' : (100 * share).toFixed(1));

/** Accuracies by subject in per cent, the largest difference first. A difference is that of the questions that both answered. */
export function SubjectTable({ comparison: { groups, against, runs } }: { comparison: Comparison }) {
  const { t } = useTranslation();
  const scores = groups.map(bySubject);
  const differences = against.map((one) => bySubject(one.differences));
  const farthest = (subject: string) => Math.max(0, ...differences.map((one) => Math.abs(one.get(subject) ?? 0)));
  const subjects = [...new Set(scores.flatMap((one) => [...one.keys()]))].sort(
    (a, b) => farthest(b) - farthest(a) || a.localeCompare(b),
  );
  return (
    <div className="compare-scroll compare-subjects">
      <table className="plain small">
        <caption className="visually-hidden">{t('compare.bySubject')}</caption>
        <thead>
          <tr>
            <th scope="col">{t('runs.subject')}</th>
            {runs.map(({ req_id }, i) => (
              <th key={req_id} scope="col" className="number">
                {letterOf(i)}
              </th>
            ))}
            {against.map(({ req_id }, i) => (
              <th key={req_id} scope="col" className="number">{`${letterOf(i + 1)} − A`}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {subjects.map((subject) => (
            <tr key={subject}>
              <th scope="row">{subject}</th>
              {scores.map((one, i) => (
                <td key={runs[i]?.req_id} className="number">
                  {percent(one.get(subject))}
                </td>
              ))}
              {differences.map((one, i) => (
                <Difference key={against[i]?.req_id} share={one.get(subject)} />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Difference({ share }: { share: number | undefined }) {
  if (share === undefined) return <td className="number dim">–</td>;
  const text = signed(100 * share, 1);
  const side = Number(text.replace('−', '-')) === 0 ? 'dim' : share > 0 ? 'more' : 'less';
  return <td className={`number ${side}`}>{text}</td>;
}
