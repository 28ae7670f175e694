import { UnstyledButton } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { CevalResult } from '#contract';
import { percentText } from './percent.ts';

/** Accuracy by subject, highest first; a subject opens its questions. */
export function SubjectTable(props: {
  statistics: CevalResult['subject_statistics'];
  selected: string | null;
  /** Absent where the result keeps no questions. */
  onSelect: ((name: string) => void) | undefined;
}) {
  const { t } = useTranslation();
  const { selected, onSelect } = props;
  const subjects = Object.entries(props.statistics).sort(([, a], [, b]) => b.accuracy - a.accuracy);
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
          <tr key={name} className={name === selected ? 'open' : undefined}>
            <td>
              {onSelect ? (
                <UnstyledButton className="link small" aria-pressed={name === selected} onClick={() => onSelect(name)}>
                  {name.replaceAll('_', ' ')}
                </UnstyledButton>
              ) : (
                name.replaceAll('_', ' ')
              )}
            </td>
            <td className="number">{count}</td>
            <td className="number">{percentText(accuracy, stderr)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
