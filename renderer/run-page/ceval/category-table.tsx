import { useTranslation } from 'react-i18next';
import { type CevalResult, cevalGroups } from '#contract';
import { percentText } from './percent.ts';

/** Accuracy overall and by category, over questions and over subjects. Results of older backends have none. */
export function CategoryTable({ result }: { result: CevalResult }) {
  const { t } = useTranslation();
  const rows = cevalGroups.flatMap((group) => {
    const average = result.averages[group];
    return average ? [{ group, average }] : [];
  });
  if (rows.length === 0) return null;
  return (
    <table className="plain small">
      <caption className="visually-hidden">{t('runs.byCategory')}</caption>
      <thead>
        <tr>
          <th scope="col">{t('runs.category')}</th>
          <th scope="col" className="number">
            {t('runs.subjects')}
          </th>
          <th scope="col" className="number" title={t('runs.overQuestionsHint')}>
            {t('runs.overQuestions')}
          </th>
          <th scope="col" className="number" title={t('runs.overSubjectsHint')}>
            {t('runs.overSubjects')}
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ group, average }) => (
          <tr key={group}>
            <td>{t(`runs.categories.${group}`)}</td>
            <td className="number">
              {average.subjects} / {average.of}
            </td>
            <td className="number">{percentText(average.accuracy, average.stderr)}</td>
            <td className="number">{percentText(average.subject_mean, average.subject_mean_stderr)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
