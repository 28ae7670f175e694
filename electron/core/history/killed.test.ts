import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createHistory } from './index.ts';
import { buildHistory } from './testing.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headroom-history-killed-'));
});
afterEach(() => rm(folder, { recursive: true }));

const LOST_MS = 5_000;

it('SIGKILL costs at most the last five seconds in every tier, and no event', async () => {
  const script = await writer();
  // Each round continues where the previous one was killed.
  for (const lives of [5_600, 8_900]) {
    const child = spawn(process.execPath, [script, join(folder, 'kept')], { stdio: ['ignore', 'pipe', 'inherit'] });
    const gone = once(child, 'close');
    const printed: number[] = [];
    child.stdout.on('data', (text: Buffer) => printed.push(...text.toString().trim().split('\n').map(Number)));
    await once(child.stdout, 'data');
    await new Promise((resolve) => setTimeout(resolve, lives));
    child.kill('SIGKILL');
    await gone;
    const [first = 0, last = 0] = [printed[0], printed.at(-1)];

    const notices: unknown[] = [];
    const history = await createHistory({ folder: join(folder, 'kept'), notify: (notice) => notices.push(notice) });
    const from = first - (first % 60_000);
    const to = last + 60_000;
    const tiers = new Set<string>();
    for (const columnMs of [1, 10_000, 60_000]) {
      const width = Math.min(4_096, Math.ceil((to - from) / columnMs));
      const metrics = ['memoryUsedMiB'];
      const answer = await history.window({ source: 'GPU-0', metrics, from, to: from + width * columnMs, width });
      if (columnMs > 1) tiers.add(answer.tier);
      // The value is the age of the sample after `first`.
      if (columnMs > 1)
        expect(Math.max(...(answer.metrics.memoryUsedMiB?.max ?? []).map(Number))).toBeGreaterThanOrEqual(
          last - first - LOST_MS,
        );
    }
    expect([...tiers]).toEqual(['10s', '1m']);
    const width = Math.ceil((last + 1 - first) / 1_000);
    const raw = await history.window({
      source: 'GPU-0',
      metrics: ['temperature'],
      from: first,
      to: first + width * 1_000,
      width,
    });
    // Before that none is missing, by their numbers.
    const numbers = raw.metrics.temperature?.max.map(Number) ?? [];
    expect([raw.tier, raw.at[0]]).toEqual(['raw', 0]);
    const safe = printed.findLastIndex((time) => time <= last - LOST_MS);
    expect(Math.max(...numbers)).toBeGreaterThanOrEqual(safe);
    const { min = [], max = [] } = raw.metrics.temperature ?? {};
    for (const [i, low] of min.entries()) if (i > 0) expect(low).toBe(Number(max[i - 1]) + 1);
    expect((await history.eventsWithin({ from, to })).at(-1)?.text).toBe('begun');
    expect(notices).toEqual([]);
    await history.stop();
  }
}, 60_000);

/** The real code as plain JavaScript in a separate process that can be killed; it writes as the control plane does. */
async function writer(): Promise<string> {
  const outDir = join(folder, 'built');
  await buildHistory(outDir);
  const script = join(outDir, 'writer.mjs');
  await writeFile(
    script,
    `import { createHistory } from './index.mjs';
    const history = await createHistory({ folder: process.argv[2], notify: (notice) => console.error(notice) });
    let first = 0;
    let number = 0;
    history.addEvent({ time: Date.now(), kind: 'starting', text: 'begun' });
    setInterval(() => {
      const time = Date.now();
      first ||= time;
      const gpu = { uuid: 'GPU-0', index: 0, state: 'ok', ours: null, memoryUsedMiB: time - first, temperature: number++ };
      history.addTick({ time, gpus: [gpu], host: null });
      // Printed after it was added: it must be stored, except for the last seconds.
      process.stdout.write(time + '\\n');
    }, 20);`,
  );
  return script;
}
