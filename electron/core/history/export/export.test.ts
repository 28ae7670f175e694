import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ExportRequest, gpuSeries, hostSeries } from '#contract';
import { gpuSample } from '#samples';
import { createHistory, type History } from '../index.ts';

const NOW = Date.UTC(2026, 10, 26, 20);
const MINUTE = 60_000;
const STEP_MS = 500;

let folder: string;
let history: History;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headroom-export-'));
  history = await createHistory({ folder });
});
afterEach(async () => {
  await history.stop();
  await rm(folder, { recursive: true });
});

const exported = async (request: Omit<ExportRequest, 'cursor'>) => {
  const pieces: string[] = [];
  const names = new Set<string>();
  let cursor: string | undefined;
  do {
    const piece = await history.export({ ...request, ...(cursor && { cursor }) });
    pieces.push(piece.text);
    names.add(piece.name);
    cursor = piece.next ?? undefined;
  } while (cursor);
  return { text: pieces.join(''), pieces, names: [...names] };
};

/** RFC 4180, without line breaks in cells. */
const table = (text: string) => {
  const [head = '', ...lines] = text.split('\r\n').slice(0, -1);
  const names = head.split(',');
  const cellsOf = (line: string) =>
    [...line.matchAll(/(?:"((?:[^"]|"")*)"|([^,]*))(?:,|$)/g)].map(
      (match) => match[1]?.replaceAll('""', '"') ?? match[2] ?? '',
    );
  return lines.map((line) =>
    Object.fromEntries(
      cellsOf(line)
        .slice(0, names.length)
        .map((cell, i) => [names[i], cell]),
    ),
  );
};

const fill = async (minutes: number, gpus = 1) => {
  for (let i = 0; i < (minutes * MINUTE) / STEP_MS; i += 1) {
    const all = Array.from({ length: gpus }, (_, index) =>
      gpuSample({ uuid: `GPU-${index}`, index, memoryUsedMiB: i, powerDrawW: 433.78 }),
    );
    history.addTick({ time: NOW + i * STEP_MS, gpus: all, host: null });
    if (i % 1_000 === 999) await history.flush();
  }
};

describe('an export', () => {
  it('has each sample once, and buckets for earlier times', async () => {
    const minutes = 75;
    await fill(minutes);
    const { text, names } = await exported({ from: NOW, to: NOW + minutes * MINUTE, format: 'csv' });
    expect(names).toEqual(['headroom-2026-11-26T20-00--21-15.csv']);
    const rows = table(text);
    const samples = rows.reduce((sum, row) => sum + Number(row.samples), 0);
    expect(samples).toBe((minutes * MINUTE) / STEP_MS);
    expect(new Set(rows.map((row) => row.tier))).toEqual(new Set(['10s', 'raw']));
    // Numbered in order: none twice, none missing, from any tier.
    let next = 0;
    for (const row of rows) {
      expect(Number(row.memoryUsedMiB_min || row.memoryUsedMiB)).toBe(next);
      next = Number(row.memoryUsedMiB_max || row.memoryUsedMiB) + 1;
    }
    expect(rows.at(-1)).toMatchObject({ source: 'GPU-0', powerDrawW: '433.78', powerDrawW_max: '', temperature: '' });
    expect(rows.map((row) => row.time)).toEqual(rows.map((row) => row.time).sort());
  });

  it('is one valid file in pieces of about a mebibyte, with the same rows in both formats', async () => {
    await fill(12, 8);
    const request = { from: NOW + MINUTE, to: NOW + 11 * MINUTE };
    const csv = await exported({ ...request, format: 'csv' });
    const json = await exported({ ...request, format: 'json' });
    for (const { pieces } of [csv, json]) {
      expect(pieces.length).toBeGreaterThan(2);
      expect(Math.max(...pieces.map(({ length }) => length))).toBeLessThan(1.2 * 2 ** 20);
    }
    const rows = table(csv.text);
    const objects: Record<string, unknown>[] = JSON.parse(json.text);
    expect(rows).toHaveLength((10 * MINUTE * 8) / STEP_MS);
    expect(objects.map(({ time, source, memoryUsedMiB }) => [time, source, `${memoryUsedMiB}`])).toEqual(
      rows.map(({ time, source, memoryUsedMiB }) => [time, source, memoryUsedMiB]),
    );
    expect(Object.keys(objects[0] ?? {})).toEqual(['time', 'source', 'tier', 'samples', ...gpuSeries]);
    expect(objects[0]).toMatchObject({ temperature: null, state: 'ok', powerDrawW: 433.78 });
  });

  it.each(['csv', 'json'] as const)('as %s stays complete while samples arrive between its pieces', async (format) => {
    await fill(50);
    let number = (50 * MINUTE) / STEP_MS;
    const request = { from: NOW + 10_250, to: NOW + 90 * MINUTE, format };
    let text = '';
    let cursor: string | undefined;
    do {
      const piece = await history.export({ ...request, ...(cursor && { cursor }) });
      text += piece.text;
      cursor = piece.next ?? undefined;
      for (let i = 0; i < 2_400 && number * STEP_MS < 85 * MINUTE; i += 1, number += 1)
        history.addTick({
          ...{ time: NOW + number * STEP_MS, host: null },
          gpus: [gpuSample({ uuid: 'GPU-0', memoryUsedMiB: number })],
        });
      await history.flush();
    } while (cursor);
    const values: number[] =
      format === 'json'
        ? JSON.parse(text).map((row: Record<string, unknown>) => Number(row.memoryUsedMiB))
        : table(text).map((row) => Number(row.memoryUsedMiB));
    // From the first after `from` on, each once, up to the time of the request.
    expect(values).toEqual(Array.from({ length: values.length }, (_, i) => 21 + i));
    expect(values.length).toBeGreaterThanOrEqual((50 * MINUTE) / STEP_MS - 21);
  });

  it('has the machine beside its GPUs, words for states, and quotes where needed', async () => {
    const odd = 'GPU-"a,b"';
    const host = Object.fromEntries(hostSeries.map((name, i) => [name, i])) as Record<
      (typeof hostSeries)[number],
      number
    >;
    history.addTick({ time: NOW, gpus: [gpuSample({ uuid: odd, state: 'lost' })], host });
    await history.stop();
    history = await createHistory({ folder });
    const rows = table((await exported({ from: NOW, to: NOW + MINUTE, format: 'csv' })).text);
    expect(rows).toMatchObject([
      { source: odd, state: 'lost', ramUsedMiB: '' },
      { source: 'host', state: '', ramUsedMiB: '1', memoryUsedMiB: '' },
    ]);
    expect(Object.keys(rows[0] ?? {})).toHaveLength(4 + 3 * (gpuSeries.length + hostSeries.length));
  });

  it('of an empty range is a header, or an empty array', async () => {
    await fill(1);
    const empty = { from: NOW + 30 * MINUTE, to: NOW + 24 * 60 * MINUTE };
    expect(table((await exported({ ...empty, format: 'csv' })).text)).toEqual([]);
    expect(JSON.parse((await exported({ ...empty, format: 'json' })).text)).toEqual([]);
    // In the middle too.
    history.addTick({ time: NOW + 10 * 60 * MINUTE, gpus: [gpuSample({ uuid: 'GPU-0' })], host: null });
    const { pieces, text } = await exported({ from: NOW, to: NOW + 24 * 60 * MINUTE, format: 'json' });
    expect([JSON.parse(text).length, pieces.length]).toEqual([121, 2]);
  });

  it('rejects an unknown cursor', async () => {
    await fill(40);
    const request = { from: NOW, to: NOW + 40 * MINUTE, format: 'csv' } as const;
    const { next } = await history.export(request);
    for (const wrong of [
      { ...request, cursor: 'x' },
      { ...request, cursor: Buffer.from('{"at":1e999}').toString('base64url') },
      { ...request, to: request.to + 1, cursor: next ?? '' },
      { ...request, format: 'json' as const, cursor: next ?? '' },
    ])
      await expect(history.export(wrong)).rejects.toMatchObject({ code: 'invalid_input' });
    expect(next).not.toBeNull();
  });
});
