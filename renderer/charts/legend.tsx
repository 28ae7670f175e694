import { useLineName } from './line-name.ts';
import { LIMIT, type LineSpec } from './plots.ts';

/** The lines of a plot, topmost first; the limit only where there is one. */
export function Legend({ lines, limit = false }: { lines: readonly LineSpec[]; limit?: boolean }) {
  const nameOf = useLineName();
  return (
    <span className="legend dim">
      {lines
        .filter(({ metric }) => metric !== LIMIT || limit)
        .reverse()
        .map((line) => (
          <span key={line.metric} className="cut">
            <i className={`line-sample ${line.style}`} style={{ color: line.colour }} />
            {nameOf(line)}
          </span>
        ))}
    </span>
  );
}
