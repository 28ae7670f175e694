import { useTranslation } from 'react-i18next';
import type { GroupScore } from '#contract';
import { colorOf, tokensText } from '../parts/index.ts';
import { signed } from './verdict.ts';
import './group-grid.css';

interface GridProps {
  name: string;
  scores: readonly GroupScore[];
  /** Differences have a sign, and a colour from orange through grey to blue, which colour-blind people tell apart. */
  difference?: boolean;
}

/** The scores of a needle run, or the differences of two: a row for each depth, a column for each context length. */
export function GroupGrid({ name, scores, difference = false }: GridProps) {
  const { t } = useTranslation();
  const at = new Map(scores.map(({ group, score }) => [group.join(' '), score]));
  const lengths = ascending(scores.map(({ group: [length] }) => Number(length)));
  const depths = ascending(scores.map(({ group }) => Number(group[1])));
  return (
    <table className="group-grid">
      <caption className="visually-hidden">{name}</caption>
      <thead>
        <tr>
          <th scope="col">
            <span className="visually-hidden">{t('compare.depth')}</span>
          </th>
          {lengths.map((length) => (
            <th key={length} scope="col">
              {tokensText(length)}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {depths.map((depth) => (
          <tr key={depth}>
            <th scope="row">{depth}</th>
            {lengths.map((length) => (
              <Cell key={length} score={at.get(`${length} ${depth}`)} difference={difference} />
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Cell({ score, difference }: { score: number | undefined; difference: boolean }) {
  if (score === undefined) return <td className="none">–</td>;
  if (!difference) return <td style={{ background: colorOf(score) }}>{score.toFixed(2)}</td>;
  return <td style={{ background: differenceColor(score) }}>{signed(score)}</td>;
}

/** Light enough for dark text in both themes. */
function differenceColor(difference: number): string {
  const share = Math.min(1, Math.abs(difference));
  if (Number(difference.toFixed(2)) === 0) return 'hsl(215 10% 76%)';
  return difference > 0
    ? `hsl(212 ${40 + 45 * share}% ${80 - 18 * share}%)`
    : `hsl(28 ${50 + 45 * share}% ${80 - 16 * share}%)`;
}

const ascending = (values: readonly number[]) => [...new Set(values)].sort((a, b) => a - b);
