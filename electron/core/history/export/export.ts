import { z } from 'zod';
import { type ExportPiece, type ExportRequest, PanelError } from '#contract';
import { parseJson } from '../../base/index.ts';
import { bucketTime } from '../samples/bucket.ts';
import { seriesOf } from '../samples/series.ts';
import type { Source } from '../samples/source.ts';
import { type TierName, tierNames, tiers } from '../samples/tiers.ts';
import { say } from '../sentences.ts';
import { csvHeader, csvRow, jsonRow, mergedRows, nameOfExport, type Row } from './export-rows.ts';

/** The end of the last piece, and whether any piece so far has a row. */
const cursorSchema = z.strictObject({
  from: z.number(),
  to: z.number(),
  format: z.enum(['csv', 'json']),
  at: z.number(),
  rows: z.boolean(),
});
type Cursor = z.infer<typeof cursorSchema>;

const PIECE_CHARACTERS = 2 ** 20;
/** Approximate characters of a row; JSON rows repeat the names. */
const ROW_CHARACTERS = { csv: { sample: 250, bucket: 700 }, json: { sample: 550, bucket: 1_800 } } as const;
const MINUTE_MS = 60_000;

/**
 * One piece of the file: all rows of some minutes, oldest first; each row is one source at one time, from the finest tier of
 * that minute. Pieces end at full minutes, so that no bucket is in two.
 */
export async function exportPiece(sources: readonly Source[], request: ExportRequest): Promise<ExportPiece> {
  await Promise.all(sources.map((source) => source.opened()));
  const { from, to, format } = request;
  const cursor = cursorOf(request);
  const name = nameOfExport(request);
  const begin = earliest(sources, cursor.at);
  const end = begin === null ? to : Math.min(to, endOf(sources, begin, format));
  // The export ends with the newest record: later samples would be incomplete in their minute.
  const isLast = end >= to || earliest(sources, end) === null;
  const rows = begin === null || begin >= to ? [] : await rowsOf(sources, begin, end);
  const hasRows = cursor.rows || rows.length > 0;
  const isFirst = request.cursor === undefined;
  const text = format === 'csv' ? csv(rows, isFirst) : json(rows, { isFirst, isLast, follows: cursor.rows });
  return { text, name, next: isLast ? null : tokenOf({ from, to, format, at: end, rows: hasRows }) };
}

const csv = (rows: readonly Row[], isFirst: boolean) =>
  `${isFirst ? csvHeader : ''}${rows.map((row) => csvRow(row)).join('')}`;

function json(rows: readonly Row[], is: { isFirst: boolean; isLast: boolean; follows: boolean }): string {
  const body = rows.map((row) => jsonRow(row)).join(',\n');
  return `${is.isFirst ? '[\n' : ''}${is.follows && body ? ',\n' : ''}${body}${is.isLast ? '\n]\n' : ''}`;
}

/** The first time from `at` on with a record. */
function earliest(sources: readonly Source[], at: number): number | null {
  const reach = (tier: TierName) => at - Math.max(0, tiers[tier].bucketMs - 1);
  const times = sources.flatMap((source) => tierNames.map((tier) => source.next(tier, reach(tier))));
  const found = times.filter((time) => time !== null);
  return found.length > 0 ? Math.max(at, Math.min(...found)) : null;
}

/** The end of the full minutes from `begin` on that fit into one piece at maximum density. */
function endOf(sources: readonly Source[], begin: number, format: ExportRequest['format']): number {
  const perMinute = sources.reduce(
    (sum, source) => sum + charactersPerMinute[finestAt(source, begin)](ROW_CHARACTERS[format]),
    1,
  );
  const minutes = Math.max(1, Math.floor(PIECE_CHARACTERS / perMinute));
  const next = sources.map((source) => bounds(source, begin)).flatMap(({ raw, ten }) => [raw, ten]);
  const end = (Math.floor(begin / MINUTE_MS) + minutes) * MINUTE_MS;
  // A piece that was sized for a coarser tier ends where a finer one begins.
  const border = Math.min(
    ...next.map((time) => Math.ceil(time / MINUTE_MS) * MINUTE_MS).filter((time) => time > begin),
  );
  return Math.min(end, border);
}

const charactersPerMinute = {
  raw: ({ sample }: { sample: number }) => 120 * sample,
  '10s': ({ bucket }: { bucket: number }) => 6 * bucket,
  '1m': ({ bucket }: { bucket: number }) => bucket,
};

/**
 * From when on samples are exported, and before them buckets of ten seconds: whole buckets, so that nothing is exported
 * twice. Only for the current piece: samples from a clock that was years back for a moment say nothing about later.
 */
function bounds(source: Source, begin: number): { raw: number; ten: number } {
  const minuteOf = bucketTime(begin, MINUTE_MS);
  const first = (tier: TierName) => source.next(tier, minuteOf) ?? Number.POSITIVE_INFINITY;
  const [raw, ten, minute] = [first('raw'), first('10s'), first('1m')];
  const before = ten < raw ? { first: ten, ...tiers['10s'] } : { first: minute, ...tiers['1m'] };
  return {
    raw: wholeFrom(raw, before.first, before.bucketMs),
    ten: wholeFrom(ten, minute, tiers['1m'].bucketMs),
  };
}

/** The start of the finer tier's first complete bucket. */
function wholeFrom(finer: number, coarser: number, bucketMs: number): number {
  if (finer === Number.POSITIVE_INFINITY) return finer;
  const begin = Math.floor(finer / bucketMs) * bucketMs;
  return coarser >= begin || finer === begin ? begin : begin + bucketMs;
}

function finestAt(source: Source, time: number): TierName {
  const { raw, ten } = bounds(source, time);
  return time >= raw ? 'raw' : time >= ten ? '10s' : '1m';
}

async function rowsOf(sources: readonly Source[], begin: number, end: number): Promise<Row[]> {
  const all: Row[] = [];
  for (const source of sources) {
    const { raw, ten } = bounds(source, begin);
    const spans = { raw: [raw, end], '10s': [ten, raw], '1m': [Number.NEGATIVE_INFINITY, Math.min(ten, raw)] } as const;
    for (const tier of tierNames) {
      const [first, last] = [Math.max(begin, spans[tier][0]), Math.min(end, spans[tier][1])];
      if (first >= last) continue;
      const length = seriesOf(source.name).length * (tier === 'raw' ? 1 : 3);
      await source.visit(tier, first, last, (time, count, values, base) => {
        all.push({ time, count, tier, source: source.name, values: values.slice(base, base + length) });
      });
    }
  }
  return mergedRows(all.sort((a, b) => a.time - b.time));
}

const tokenOf = (cursor: Cursor) => Buffer.from(JSON.stringify(cursor)).toString('base64url');

function cursorOf({ from, to, format, cursor }: ExportRequest): Cursor {
  if (cursor === undefined) return { from, to, format, at: from, rows: false };
  const parsed = cursorSchema.safeParse(parseJson(Buffer.from(cursor, 'base64url').toString()));
  const found = parsed.success ? parsed.data : null;
  if (!found || found.from !== from || found.to !== to || found.format !== format || found.at <= from || found.at >= to)
    throw new PanelError('invalid_input', say('badCursor'));
  return found;
}
