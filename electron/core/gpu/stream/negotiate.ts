import { type StreamField, streamFields } from './row.ts';

/**
 * One unknown field fails the whole query, so only fields that `--help-query-gpu` lists are queried. A line lists the
 * aliases of one field (`"clocks_event_reasons.active" or "clocks_throttle_reasons.active"`), which is queried once.
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

/** Without these fields there is nothing to draw. */
export const isEnough = (fields: readonly StreamField[]) =>
  (['index', 'uuid', 'memory.total', 'memory.used', 'name'] as const).every((field) => fields.includes(field));
