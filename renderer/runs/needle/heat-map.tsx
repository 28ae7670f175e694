import { useTranslation } from 'react-i18next';
import type { NeedleResult } from '#contract';
import './heat-map.css';

/** The scores of a needle run: a row for each depth, a column for each context length. */
export function HeatMap({ result }: { result: NeedleResult }) {
  const { t } = useTranslation();
  const lengths = unique(result.tests.map((test) => test.context_length));
  const depths = unique(result.tests.map((test) => test.depth_percent));
  const score = (length: number, depth: number): number | null => {
    const cells = result.tests.filter((test) => test.context_length === length && test.depth_percent === depth);
    return cells.length === 0 ? null : cells.reduce((sum, test) => sum + test.score, 0) / cells.length;
  };
  return (
    <table className="heat">
      <caption className="visually-hidden">{t('runs.heat')}</caption>
      <thead>
        <tr>
          <th scope="col">{t('runs.depth')}</th>
          {lengths.map((length) => (
            <th key={length} scope="col">
              {length}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {depths.map((depth) => (
          <tr key={depth}>
            <th scope="row">{depth} %</th>
            {lengths.map((length) => {
              const value = score(length, depth);
              return (
                <td key={length} style={{ background: value === null ? 'transparent' : colorOf(value) }}>
                  {value === null ? '–' : value.toFixed(2)}
                </td>
              );
            })}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const unique = (values: number[]) => [...new Set(values)].sort((a, b) => a - b);

/** From red through amber to green, light enough for dark text in both themes. */
const colorOf = (score: number) => `hsl(${Math.round(score * 140)} 62% 66%)`;
