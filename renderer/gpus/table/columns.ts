/** The columns with a head in words, keys of gpu.table. */
export const columns = ['gpu', 'name', 'memory', 'headroom', 'ours', 'process', 'utilization', 'temperature'] as const;

/** All columns of a row: these and the warning sign. */
export const COLUMN_COUNT = columns.length + 1;
