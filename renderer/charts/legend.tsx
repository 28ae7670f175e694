import { useTranslation } from 'react-i18next';
import { useLineName } from './line-name.ts';
import type { LineSpec } from './plots.ts';

/** The lines of a plot, topmost first. */
export function Legend({ lines, limit = false }: { lines: readonly LineSpec[]; limit?: boolean }) {
  const { t } = useTranslation();
  const nameOf = useLineName();
  return (
    <span className="legend dim">
      {[...lines].reverse().map((line) => (
        <span key={line.metric} className="cut">
          <i className={`line-sample ${line.style}`} style={{ color: line.colour }} />
          {nameOf(line)}
        </span>
      ))}
      {limit && (
        <span>
          <i className="line-sample dashed" style={{ color: 'var(--text)' }} />
          {t('charts.limit')}
        </span>
      )}
    </span>
  );
}
