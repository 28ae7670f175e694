import { useTranslation } from 'react-i18next';
import type { CevalResult } from '#contract';
import { percentText } from './percent.ts';

/** Accuracy by subject, highest first. */
export function SubjectTable({ result }: { result: CevalResult }) {
  const { t } = useTranslation();
  const subjects = Object.entries(result.subject_statistics).sort(([, a], [, b]) => b.accuracy - a.accuracy);
  return (
    <table className="plain small">
      <caption className="visually-hidden">{t('runs.bySubject')}</caption>
      <thead>
        <tr>
          <th scope="col">{t('runs.subject')}</th>
          <th scope="col" className="number">
            {t('runs.questions')}
          </th>
          <th scope="col" className="number">
            {t('runs.accuracyColumn')}
          </th>
        </tr>
      </thead>
      <tbody>
        {subjects.map(([name, { count, accuracy, stderr }]) => (
          <tr key={name}>
            <td>{name.replaceAll('_', ' ')}</td>
            <td className="number">{count}</td>
            <td className="number">{percentText(accuracy, stderr)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
