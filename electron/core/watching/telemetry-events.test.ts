import { expect, it } from 'vitest';
import { type Telemetry, verbatim } from '#contract';
import { telemetryOf } from '#samples';
import { createTelemetryEvents } from './telemetry-events.ts';

function watched() {
  const marked: string[] = [];
  const texts: string[] = [];
  const look = createTelemetryEvents((kind, text) => {
    marked.push(kind);
    texts.push(text);
  });
  return { marked, texts, be: (given: Partial<Telemetry>) => look(telemetryOf(given)) };
}
const failed = { state: 'failed', fault: { kind: 'no_driver', sentence: verbatim('no driver'), exitCode: 9 } } as const;

it('marks telemetry lost and back once each, also where it was off in between', () => {
  const { marked, be } = watched();
  for (const state of ['starting', 'ok'] as const) be({ state });
  expect(marked).toEqual([]);
  for (const one of [failed, failed, { state: 'off' }, { state: 'starting' }, failed] as const) be(one);
  expect(marked).toEqual(['telemetry_lost']);
  for (const state of ['off', 'starting', 'ok', 'asleep', 'starting', 'ok'] as const) be({ state });
  expect(marked).toEqual(['telemetry_lost', 'telemetry_back']);
});

it('marks each Xid once, with its code', () => {
  const { marked, texts, be } = watched();
  const xid = (time: number) => ({ time, pciBusId: '0000:01:00', gpuUuid: null, code: 79, sentence: verbatim('gone') });
  be({ xids: [xid(1)] });
  be({ xids: [xid(1), xid(2)] });
  be({ xids: [xid(2), xid(3)] });
  expect(marked).toEqual(['xid', 'xid', 'xid']);
  expect(texts[0]).toBe('Xid 79: gone');
});
