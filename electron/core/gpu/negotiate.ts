import { type StreamField, streamFields } from './row.ts';

/** One unknown field fails a whole query, so only what `--help-query-gpu` lists is asked for. */
export function negotiate(help: string): StreamField[] {
  const listed = new Set(
    help
      .split('\n')
      .filter((line) => line.startsWith('"'))
      .flatMap((line) => [...line.matchAll(/"([^"]+)"/g)].map((match) => match[1])),
  );
  return streamFields.filter((field) => listed.has(field));
}

/** Without these there is nothing to draw. */
export const isEnough = (fields: readonly StreamField[]) =>
  (['index', 'uuid', 'memory.total', 'memory.used', 'name'] as const).every((field) => fields.includes(field));
