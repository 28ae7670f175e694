import type { ProcessRow, Program } from './process-rows.ts';

/** The optional columns of the table. */
export interface Columns {
  gpu: boolean;
  kind: boolean;
}

/** Pid, name, user, uptime, memory and action. */
const ALWAYS_SHOWN = 6;

export const columnCount = ({ gpu, kind }: Columns) => ALWAYS_SHOWN + Number(gpu) + Number(kind);

/** Hides a column that would be empty or the same in every row. */
export function columnsOf(rows: readonly ProcessRow[], manyGpus: boolean): Columns {
  const programs = rows.flatMap((row): Program[] => (row.type === 'program' ? [row.program] : row.programs));
  return { gpu: manyGpus, kind: programs.some(({ kind }) => kind !== null) };
}
