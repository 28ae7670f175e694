import { describe, expect, it } from 'vitest';
import { alertsSchema } from './alerts.ts';
import { checksSchema } from './checks.ts';
import { clearingSchema } from './clearing.ts';
import { gpuProcessSchema } from './gpu-process.ts';
import { recordingStateSchema } from './recording.ts';
import { verbatim } from './sentence.ts';
import { panelStateSchema, reasonSchema } from './state.ts';
import { ownShareSchema, telemetrySchema } from './telemetry.ts';

const old = 'As an older Headroom wrote it.';
const sentence = verbatim(old);

describe('files of an older Headroom', () => {
  it('have the reason of a crash', () => {
    const reason = { code: 'crash', exitCode: 1, signal: null, lines: [] };
    expect(reasonSchema.parse({ ...reason, message: old, advice: old })).toEqual({
      ...reason,
      sentence,
      advice: sentence,
    });
  });

  it('have checks, with their details and fixes', () => {
    const check = { id: 'port', state: 'failed' };
    const fix = { action: 'copy', command: 'x' };
    const list = [{ ...check, sentence: old, detail: old, fix: { ...fix, label: old } }];
    expect(checksSchema.parse({ running: false, at: 1, list }).list).toEqual([
      { ...check, sentence, detail: [sentence], fix: { ...fix, label: sentence } },
    ]);
    expect(checksSchema.parse({ running: false, at: 1, list: [{ ...list[0], detail: null }] }).list[0]?.detail).toEqual(
      [],
    );
  });

  it('have the problem of a clearing', () => {
    const clearing = { active: false, steps: [], beforeMiB: {}, afterMiB: null, before: [], after: null, swept: null };
    expect(clearingSchema.parse({ ...clearing, changes: [], problem: old }).problems).toEqual([sentence]);
    expect(clearingSchema.parse({ ...clearing, changes: [], problem: null }).problems).toEqual([]);
  });

  it('have alerts, notices and ended recordings', () => {
    const alert = { id: 'a', kind: 'hot', level: 'warning', gpuUuid: null, since: 0, endedAt: null, values: {} };
    expect(alertsSchema.parse({ list: [{ ...alert, message: old }], settings: {} }).list).toEqual([
      { ...alert, sentence },
    ]);
    const notice = { id: 'n', level: 'info', time: 1, code: 'pipes' };
    expect(panelStateSchema.shape.notices.parse([{ ...notice, message: old }])).toEqual([{ ...notice, sentence }]);
    const ended = { name: 'x', why: old };
    expect(recordingStateSchema.parse({ on: null, ended }).ended).toEqual({ name: 'x', why: sentence });
  });

  it('have the processes on GPUs under an earlier field name', () => {
    const process = {
      gpuUuid: 'GPU-0',
      pid: 1,
      name: 'x',
      user: null,
      since: null,
      usedMiB: 1,
      ours: false,
      startTime: 1,
    };
    expect(gpuProcessSchema.parse({ ...process, spared: 'screen' })).toMatchObject({
      ...process,
      protection: 'screen',
    });
  });

  it('have what a run computes with under an earlier field name', () => {
    const ours = { usedMiB: 7, contextMiB: 1, weightsMiB: 2, kvCacheMiB: 1, keptMiB: 1 };
    expect(ownShareSchema.parse({ ...ours, workingSetMiB: 2 })).toEqual({ ...ours, activationsMiB: 2 });
    expect(ownShareSchema.parse({ ...ours, activationsMiB: 2 })).toEqual({ ...ours, activationsMiB: 2 });
  });

  it('have faults and driver errors of telemetry', () => {
    const fault = { kind: 'no_driver', exitCode: 9 };
    const xid = { time: 1, pciBusId: '0000:01:00', gpuUuid: null, code: 79 };
    const collection = { askedMs: null, reachedMs: null, lastAt: null, restarts: 0, costPercent: null };
    const telemetry = {
      source: 'nvidia-smi',
      path: null,
      state: 'failed',
      devices: [],
      processes: [],
      mig: [],
      collection,
    };
    const read = telemetrySchema.parse({
      ...telemetry,
      fault: { ...fault, said: old },
      xids: [{ ...xid, text: old }],
    });
    expect(read).toMatchObject({ fault: { ...fault, sentence }, xids: [{ ...xid, sentence }] });
  });
});
