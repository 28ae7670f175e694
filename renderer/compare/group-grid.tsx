import { useTranslation } from 'react-i18next';
import type { GroupScore } from '#contract';
import { colorOf, tokensText } from '../parts/index.ts';
import { signed } from './verdict.ts';
import './group-grid.css';

export interface Axes {
  lengths: readonly number[];
  depths: readonly number[];
}

interface GridProps {
  name: string;
  axes: Axes;
  scores: readonly GroupScore[];
  /** Differences have a sign, and a colour from orange to blue, which colour-blind people tell apart. */
  difference?: boolean;
}

/** Of all maps that stand side by side. */
export const axesOf = (scores: readonly GroupScore[]): Axes => ({
  lengths: ascending(scores.map(({ group: [length] }) => Number(length))),
  depths: ascending(scores.map(({ group }) => Number(group[1]))),
});

/** The scores of a needle run, or the differences of two: a row for each depth, a column for each context length. */
export function GroupGrid({ name, axes: { lengths, depths }, scores, difference = false }: GridProps) {
  const { t } = useTranslation();
  const at = new Map(scores.map(({ group, score }) => [group.map(Number).join(' '), score]));
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
  const text = signed(score);
  // What is the same steps back, so that differences are found at a glance.
  if (Number(text.replace('−', '-')) === 0) return <td className="same">0</td>;
  return <td style={{ background: differenceColor(score) }}>{text}</td>;
}

/** Light enough for dark text in both themes. */
function differenceColor(difference: number): string {
  const share = Math.min(1, Math.abs(difference));
  return difference > 0
    ? `hsl(212 ${55 + 35 * share}% ${82 - 20 * share}%)`
    : `hsl(28 ${60 + 35 * share}% ${80 - 18 * share}%)`;
}

const ascending = (values: readonly number[]) => [...new Set(values)].sort((a, b) => a - b);
