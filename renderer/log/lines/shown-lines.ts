import type { LogLevel, LogLine } from '#contract';

export interface LineFilter {
  /** The least level that is shown. */
  level: LogLevel;
  /** Unix milliseconds; null: all that is kept. */
  since: number | null;
  search: string;
}

const rank: Record<LogLevel, number> = { info: 0, warning: 1, error: 2 };

export function shownLines(lines: readonly LogLine[], { level, since, search }: LineFilter): LogLine[] {
  const wanted = search.trim().toLowerCase();
  return lines.filter(
    (line) =>
      rank[line.level] >= rank[level] &&
      (since === null || line.time >= since) &&
      (wanted === '' || line.text.toLowerCase().includes(wanted)),
  );
}
