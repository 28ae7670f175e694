import { type StreamField, streamFields } from './row.ts';

/**
 * One unknown field fails a whole query, so only what `--help-query-gpu` lists is asked for. A line lists the names of
 * one figure (`"clocks_event_reasons.active" or "clocks_throttle_reasons.active"`): it is asked for once.
 */
export function negotiate(help: string): StreamField[] {
  const listed = new Set(help.split('\n').flatMap((line) => firstKnown(line) ?? []));
  return streamFields.filter((field) => listed.has(field));
}

function firstKnown(line: string): StreamField | undefined {
  if (!line.startsWith('"')) return undefined;
  const names = [...line.matchAll(/"([^"]+)"/g)].map((match) => match[1]);
  return streamFields.find((field) => names.includes(field));
}

/** Without these there is nothing to draw. */
export const isEnough = (fields: readonly StreamField[]) =>
  (['index', 'uuid', 'memory.total', 'memory.used', 'name'] as const).every((field) => fields.includes(field));
