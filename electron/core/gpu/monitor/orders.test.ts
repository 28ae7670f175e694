import fc from 'fast-check';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type FakeSmi, fakeRow, fakeSmi, forever } from '#fake-smi';
import { needs } from '../polling/need.ts';
import { streamFields } from '../stream/row.ts';
import { createGpuMonitor } from './monitor.ts';

let fake: FakeSmi;
beforeEach(async () => {
  fake = await fakeSmi(streamFields);
  const row = fakeRow(streamFields);
  await fake.write({
    ...{ stream: forever(row), apps: `sleep 0.1; echo "GPU-0, 1, 5, x"`, xml: 'sleep 1000' },
    help: `sleep 0.05; cat <<'X'\n${streamFields.map((field) => `"${field}"`).join('\n')}\nX`,
  });
});
afterEach(() => fake.remove());

const act = fc.oneof(
  fc.record({ kind: fc.constant('need' as const), need: fc.constantFrom(...needs), seen: fc.boolean() }),
  fc.constant({ kind: 'start' as const }),
  fc.constant({ kind: 'ask' as const }),
);
const acts = fc.array(fc.record({ act, ms: fc.nat(120) }), { maxLength: 8 });

it('leaves no process behind, in whatever order it is started, queried and stopped', {
  timeout: 60_000,
}, async () => {
  const orders = fc.asyncProperty(acts, fc.boolean(), async (all, twice) => {
    const periods = { busy: 30, visible: 40, hidden: 50 };
    const options = { periods, processesMs: 60, pciRoot: null, kernelLog: null };
    const monitor = createGpuMonitor({ smi: fake.source, ...options });
    const asked: Promise<unknown>[] = [];
    for (const { act, ms } of all) {
      if (act.kind === 'need') monitor.need(act.need, act.seen);
      else if (act.kind === 'start') monitor.start();
      else asked.push(monitor.processesNow().catch(() => undefined));
      await new Promise((resolve) => setTimeout(resolve, ms));
    }
    const stops = [monitor.stop(), ...(twice ? [monitor.stop()] : [])];
    // Calls after the stop start nothing.
    monitor.need('busy');
    monitor.start();
    await Promise.all([...stops, ...asked]);
    const last = monitor.telemetry();
    expect(await fake.alive()).toEqual([]);
    expect(monitor.telemetry()).toBe(last);
  });
  await fc.assert(orders, { numRuns: 25 });
});
