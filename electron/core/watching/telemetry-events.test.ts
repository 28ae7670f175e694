import { expect, it } from 'vitest';
import type { Telemetry } from '#contract';
import { telemetryOf } from '#samples';
import { createTelemetryEvents } from './telemetry-events.ts';

function watched() {
  const told: string[] = [];
  const look = createTelemetryEvents((kind) => told.push(kind));
  return { told, be: (given: Partial<Telemetry>) => look(telemetryOf(given)) };
}
const failed = { state: 'failed', fault: { kind: 'no_driver', said: 'no driver', exitCode: 9 } } as const;

it('tells figures that are lost and back once each, also where nobody needed them in between', () => {
  const { told, be } = watched();
  for (const state of ['starting', 'ok'] as const) be({ state });
  expect(told).toEqual([]);
  for (const one of [failed, failed, { state: 'off' }, { state: 'starting' }, failed] as const) be(one);
  expect(told).toEqual(['telemetry_lost']);
  for (const state of ['off', 'starting', 'ok', 'asleep', 'starting', 'ok'] as const) be({ state });
  expect(told).toEqual(['telemetry_lost', 'telemetry_back']);
});

it('tells each error of the driver once', () => {
  const { told, be } = watched();
  const xid = (time: number) => ({ time, pciBusId: '0000:01:00', gpuUuid: null, code: 79, text: 'gone' });
  be({ xids: [xid(1)] });
  be({ xids: [xid(1), xid(2)] });
  be({ xids: [xid(2), xid(3)] });
  expect(told).toEqual(['xid', 'xid', 'xid']);
});
