import { Tooltip } from '@mantine/core';
import { type KeyboardEvent, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { colorOf, tokensText } from '../../parts/index.ts';
import { type HeatCell, type HeatCells, keyOf } from './heat-cells.ts';
import { steps } from './heat-steps.ts';
import './heat-map.css';

interface HeatMapProps {
  cells: HeatCells;
  /** The open cell's key (keyOf). */
  selected?: string | null;
  /** Opens the answers of a cell. Without it the map is only to be read. */
  onSelect?(key: string): void;
}

/**
 * The mean scores of a needle run: a row for each depth, a column for each context length. One tab stop: arrow keys move
 * between cells, and Enter opens one.
 */
export function HeatMap({ cells, selected = null, onSelect }: HeatMapProps) {
  const { t } = useTranslation();
  const { lengths, depths, at } = cells;
  const table = useRef<HTMLTableElement>(null);
  const [focused, setFocused] = useState<string | null>(null);
  const keys = depths.map((depth) => lengths.map((length) => (at(length, depth) ? keyOf(length, depth) : null)));
  const known = keys.flat().filter((key) => key !== null);
  const stop = [focused, selected].find((key) => key !== null && known.includes(key)) ?? known[0];

  const move = (event: KeyboardEvent) => {
    const next = steps(keys, stop ?? '', event.key);
    if (next === null) return;
    event.preventDefault();
    setFocused(next);
    table.current?.querySelector<HTMLElement>(`[data-key="${next}"]`)?.focus();
  };
  return (
    <table className="heat" ref={table}>
      <caption className="visually-hidden">{t('runs.heat')}</caption>
      <colgroup>
        <col className="depths" />
        <col span={Math.max(1, lengths.length)} />
      </colgroup>
      <tbody>
        {depths.map((depth, row) => (
          <tr key={depth}>
            <th scope="row">{depth}</th>
            {lengths.map((length, column) => {
              const key = keys[row]?.[column] ?? null;
              return (
                <Cell
                  key={length}
                  cell={at(length, depth)}
                  name={t('runPage.cell', { length: tokensText(length), depth })}
                  place={key}
                  isOpen={key !== null && key === selected}
                  isStop={key === stop}
                  onSelect={onSelect}
                  onMove={move}
                />
              );
            })}
          </tr>
        ))}
        <tr>
          <td className="corner" />
          {lengths.map((length) => (
            <th key={length} scope="col" title={String(length)}>
              {tokensText(length)}
            </th>
          ))}
        </tr>
      </tbody>
    </table>
  );
}

interface CellProps {
  cell: HeatCell | null;
  name: string;
  place: string | null;
  isOpen: boolean;
  isStop: boolean;
  onSelect: HeatMapProps['onSelect'];
  onMove(event: KeyboardEvent): void;
}

function Cell({ cell, name, place, isOpen, isStop, onSelect, onMove }: CellProps) {
  const { t } = useTranslation();
  if (!cell || place === null) return <td className="none">–</td>;
  const { score, count, interval, truncated, actualDepth } = cell;
  const details = [
    name,
    t('runs.needle.tests', { count }),
    interval && t('runs.needle.interval', { low: interval[0].toFixed(2), high: interval[1].toFixed(2) }),
    actualDepth !== null && t('runs.needle.actualDepth', { percent: actualDepth.toFixed(1) }),
    truncated > 0 && t('runs.needle.truncatedHere', { count: truncated }),
  ].filter(Boolean);
  const text = `${score.toFixed(2)}${truncated > 0 ? '*' : ''}`;
  return (
    <td style={{ background: colorOf(score) }} className={isOpen ? 'open' : undefined}>
      <Tooltip withinPortal={false} openDelay={400} label={details.join(' · ')} multiline maw={320}>
        <button
          type="button"
          data-key={place}
          tabIndex={isStop ? 0 : -1}
          aria-pressed={isOpen}
          onKeyDown={onMove}
          aria-label={`${name}: ${text}`}
          onClick={() => onSelect?.(place)}
        >
          {text}
        </button>
      </Tooltip>
    </td>
  );
}
