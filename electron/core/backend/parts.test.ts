import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createEventParser } from './events.ts';
import { createBackendLog } from './log.ts';

describe('events', () => {
  it('come out the same wherever the text is cut', () => {
    const text = 'event: run\ndata: {"a":1}\n\n: ping\n\nevent: memory\ndata: {"b":2}\n\n';
    fc.assert(
      fc.property(fc.array(fc.nat(text.length)), (cuts) => {
        const seen: string[] = [];
        const push = createEventParser((kind, data) => seen.push(`${kind} ${data}`));
        const places = [0, ...cuts.sort((a, b) => a - b), text.length];
        for (const [i, end] of places.slice(1).entries()) push(text.slice(places[i], end));
        expect(seen).toEqual(['run {"a":1}', 'memory {"b":2}']);
      }),
    );
  });
});

describe('the log', () => {
  it('keeps a bounded tail and rotates its files', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'headroom-log-'));
    const file = join(folder, 'backend.log');
    const log = createBackendLog(file, { fileBytes: 100 });
    for (let i = 0; i < 20; i += 1) {
      log.write(`line ${i} ${'x'.repeat(40)}\n`);
      await log.flushed();
    }
    expect((await readdir(folder)).sort()).toEqual(['backend.log', ...[1, 2, 3, 4].map((n) => `backend.log.${n}`)]);
    expect(await readFile(file, 'utf8')).toContain('line 19');
    expect(log.tail()).toHaveLength(20);
    for (let i = 0; i < 300; i += 1) log.write('y'.repeat(2_000));
    expect(log.tail().join('').length).toBeLessThanOrEqual(256 * 1024);
    await log.flushed();
    await rm(folder, { recursive: true });
  });
});
