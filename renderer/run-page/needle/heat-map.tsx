import { Tooltip } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { NeedleResult } from '#contract';
import { type HeatCell, heatCells } from './heat-cells.ts';
import './heat-map.css';

/** The mean scores of a needle run: a row for each depth, a column for each context length. */
export function HeatMap({ result }: { result: NeedleResult }) {
  const { t } = useTranslation();
  const { lengths, depths, at } = heatCells(result);
  const truncated = result.truncated_tests ?? 0;
  return (
    <>
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
              {lengths.map((length) => (
                <Cell key={length} cell={at(length, depth)} />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {truncated > 0 && <div className="dim small">{t('runs.needle.truncated', { count: truncated })}</div>}
    </>
  );
}

function Cell({ cell }: { cell: HeatCell | null }) {
  const { t } = useTranslation();
  if (!cell) return <td>–</td>;
  const { score, count, interval, truncated, actualDepth } = cell;
  const details = [
    t('runs.needle.tests', { count }),
    interval && t('runs.needle.interval', { low: interval[0].toFixed(2), high: interval[1].toFixed(2) }),
    actualDepth !== null && t('runs.needle.actualDepth', { percent: actualDepth.toFixed(1) }),
    truncated > 0 && t('runs.needle.truncatedHere', { count: truncated }),
  ];
  return (
    <td style={{ background: colorOf(score) }}>
      <Tooltip withinPortal={false} label={details.filter(Boolean).join(' · ')} multiline maw={320}>
        <span>
          {score.toFixed(2)}
          {truncated > 0 && '*'}
        </span>
      </Tooltip>
    </td>
  );
}

/** From red through amber to green, light enough for dark text in both themes. */
const colorOf = (score: number) => `hsl(${Math.round(score * 140)} 62% 66%)`;
