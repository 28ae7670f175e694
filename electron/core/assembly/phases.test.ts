import { expect, it } from 'vitest';
import type { BackendPhase } from '#contract';
import type { Runs } from '../runs/index.ts';
import { type BackendReports, createReports } from '../supervision/index.ts';
import { runsAfter } from './phases.ts';

const effects = (phase: BackendPhase, more: Partial<BackendReports>) => {
  const called: string[] = [];
  const runs = new Proxy({}, { get: (_, name) => () => called.push(String(name)) }) as Runs;
  runsAfter(phase, { reports: { ...createReports(), ...more }, runs });
  return called;
};

it('loses nothing that a person stopped, also where the next start fails', () => {
  for (const phase of ['stopped', 'starting', 'backoff', 'failed'] as const)
    expect(effects(phase, { stoppedBy: 'person' }), phase).toEqual(['backendStopped']);
});

it('fails open runs of a backend that crashed, that the system ended, or that had to be killed', () => {
  for (const stoppedBy of [null, 'system'] as const) {
    expect(effects('stopped', { stoppedBy })).toEqual(['backendGone']);
    expect(effects('backoff', { stoppedBy })).toEqual(['backendGone']);
    expect(effects('starting', { stoppedBy })).toEqual([]);
  }
});

it('leaves queued runs to our own backend where a profile’s starts', () => {
  const foreign = {} as BackendReports['foreign'];
  expect(effects('starting', { stoppedBy: 'person', foreign })).toEqual(['backendStopped', 'keptForOwn']);
});
